// SPDX-License-Identifier: GPL-2.0-or-later OR Apache-2.0
#include "fs/access.h"

#include <vexfs/errors.h>

#include "fs/entry.h"
#include "fs/xattr.h"

#define MAY_READ	4u
#define MAY_SEARCH	1u
#define GROUP_BITS	0070u

#define ACL_NAME	"system.posix_acl_access"
#define ACL_VERSION	2u

/* The access list as Linux hands it to user space, and as both hosts store it. */
struct disk_acl_entry {
	struct vexfs_le16 tag;
	struct vexfs_le16 permissions;
	struct vexfs_le32 id;
};

enum acl_tag {
	ACL_USER_OBJ = 0x01,	/* the owner, whom the mode tells about */
	ACL_USER = 0x02,
	ACL_GROUP_OBJ = 0x04,
	ACL_GROUP = 0x08,
	ACL_MASK = 0x10,
	ACL_OTHER = 0x20,
};

/* What a list says, gathered before it is judged, since the mask comes behind what it masks. */
struct verdict {
	bool in_group;		/* some entry of a group is about the asker */
	bool decided;		/* by an entry of a user or a group; the mask has a say */
	u32 granted;		/* by that entry, or by ACL_OTHER */
	u32 mask;
};

void vexfs_access_init(struct vexfs_access *access, const struct vexfs_credentials *who)
{
	memset(access, 0, sizeof(*access));
	access->who = who;
}

static void entry_judge(const struct vexfs_credentials *who, const struct vexfs_inode *inode,
			const struct disk_acl_entry *entry, u32 want, struct verdict *verdict)
{
	u32 permissions = vexfs_get16(entry->permissions), id = vexfs_get32(entry->id);
	u32 tag = vexfs_get16(entry->tag);

	if (tag == ACL_MASK)
		verdict->mask = permissions;
	if (tag == ACL_OTHER && !verdict->decided && !verdict->in_group)
		verdict->granted = permissions;
	if (verdict->decided)
		return;
	if (tag == ACL_USER) {
		if (id != who->uid)
			return;
	} else if (tag == ACL_GROUP_OBJ || tag == ACL_GROUP) {
		if (!who->in_group(who->context, tag == ACL_GROUP ? id : inode->gid))
			return;
		verdict->in_group = true;
		/* Of the groups that one is in, one that grants all is enough. */
		if ((permissions & want) != want)
			return;
	} else {
		return;
	}
	verdict->decided = true;
	verdict->granted = permissions;
}

/* Return: 0, -ENODATA (there is no list), errors of reading. */
static int acl_judge(const struct vexfs_credentials *who, struct vexfs_subvol *subvol, u64 ino,
		     const struct vexfs_inode *inode, u32 want, bool *may)
{
	struct verdict verdict = { .mask = 7 };
	struct disk_acl_entry entry;
	u32 bytes = 0, at;
	u8 *list;
	int err = vexfs_xattr_get_locked(subvol, ino, ACL_NAME, sizeof(ACL_NAME) - 1, NULL, 0,
					 &bytes);

	if (err)
		return err;
	list = vexfs_port_alloc(bytes ? bytes : 1);
	if (!list)
		return VEXFS_ERR(ENOMEM);
	err = vexfs_xattr_get_locked(subvol, ino, ACL_NAME, sizeof(ACL_NAME) - 1, list, bytes,
				     &bytes);
	*may = false;
	/* The kernel refuses a file whose list it does not understand. */
	if (!err && bytes >= sizeof(u32) && list[0] == ACL_VERSION) {
		for (at = sizeof(u32); bytes - at >= sizeof(entry); at += sizeof(entry)) {
			memcpy(&entry, list + at, sizeof(entry));
			entry_judge(who, inode, &entry, want, &verdict);
		}
		if (verdict.decided)
			verdict.granted &= verdict.mask;
		*may = (verdict.granted & want) == want;
	}
	vexfs_port_free(list);
	return err;
}

static int inode_judge(const struct vexfs_credentials *who, struct vexfs_subvol *subvol, u64 ino,
		       const struct vexfs_inode *inode, u32 want, bool *may)
{
	u32 mode = inode->mode;
	int err;

	*may = who->privileged;
	if (who->privileged)
		return 0;
	if (inode->uid == who->uid) {
		*may = (mode >> 6 & want) == want;
		return 0;
	}
	/* With a list, these bits are its mask; without one of them Linux does not look at it. */
	if (mode & GROUP_BITS) {
		err = acl_judge(who, subvol, ino, inode, want, may);
		if (err != -ENODATA)
			return err;
	}
	if (who->in_group(who->context, inode->gid))
		mode >>= 3;
	*may = (mode & want) == want;
	return 0;
}

static u32 slot_of(u64 ino)
{
	return (u32)(ino * 0x9e3779b97f4a7c15ull >> 32) % VEXFS_ACCESS_DIRS;
}

/* Whether @dir, and all above it, may be searched. */
static int path_judge(struct vexfs_access *access, struct vexfs_subvol *subvol, u64 dir, bool *may)
{
	struct vexfs_inode inode;
	u64 at = dir;
	u32 depth;
	int err = 0;

	*may = true;
	for (depth = 0; *may && depth < VEXFS_ACCESS_DEPTH_MAX; depth++) {
		u32 slot = slot_of(at);

		if (access->dirs[slot].ino == at) {
			*may = access->dirs[slot].may;
			break;
		}
		err = vexfs_inode_read(&subvol->tree, at, &inode);
		if (!err && !vexfs_inode_is(&inode, VEXFS_S_IFDIR))
			err = VEXFS_ERR(EUCLEAN);
		if (!err)
			err = inode_judge(access->who, subvol, at, &inode, MAY_SEARCH, may);
		if (err || at == VEXFS_ROOT_INO)
			break;
		err = vexfs_parent_find(&subvol->tree, at, &at);
		if (err)
			break;
	}
	/* Removed meanwhile, or a circle: there is no path. */
	if (err == -ENOENT || err == -ESTALE || depth == VEXFS_ACCESS_DEPTH_MAX) {
		*may = false;
		err = 0;
	}
	if (!err) {
		access->dirs[slot_of(dir)].ino = dir;
		access->dirs[slot_of(dir)].may = *may;
	}
	return err;
}

/* Whether one of the names of @ino is in a directory that the asker gets to. */
static int names_judge(struct vexfs_access *access, struct vexfs_subvol *subvol, u64 ino, bool *may)
{
	struct vexfs_key key = vexfs_backref_key(ino, 0);
	struct vexfs_backref ref;
	struct vexfs_cursor cursor;
	u32 names;
	int err = vexfs_cursor_open(&cursor, &subvol->tree, &key);

	*may = false;
	for (names = 0; !err && !cursor.at_end && !*may && names < VEXFS_ACCESS_NAMES_MAX;
	     names++) {
		key = vexfs_cursor_key(&cursor);
		if (key.object != ino || key.type != VEXFS_ITEM_BACKREF)
			break;
		err = vexfs_backref_decode(vexfs_cursor_data(&cursor),
					   vexfs_cursor_bytes(&cursor), &ref);
		if (!err)
			err = path_judge(access, subvol, ref.parent, may);
		if (!err)
			err = vexfs_cursor_next(&cursor);
	}
	vexfs_cursor_close(&cursor);
	return err;
}

int vexfs_access_check(struct vexfs_access *access, struct vexfs_subvol *subvol, u64 ino, bool *may)
{
	struct vexfs_inode inode;
	bool file_may;
	int err = vexfs_inode_read(&subvol->tree, ino, &inode);

	*may = false;
	if (err)
		return err == -ESTALE ? 0 : err;
	if (!vexfs_inode_is(&inode, VEXFS_S_IFREG) || !inode.nlink)
		return 0;
	err = inode_judge(access->who, subvol, ino, &inode, MAY_READ, &file_may);
	return err || !file_may ? err : names_judge(access, subvol, ino, may);
}
