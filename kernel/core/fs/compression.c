// SPDX-License-Identifier: GPL-2.0-or-later OR Apache-2.0
#include "fs/compression.h"

#include <vexfs/errors.h>

#include "fs/xattr.h"

#define NAME_BYTES	((u32)sizeof(VEXFS_XATTR_COMPRESSION) - 1)

/* By VEXFS_COMPRESSION_*; all of one length. */
static const char values[3][5] = { "", "zstd", "none" };
#define VALUE_BYTES	4u

u32 vexfs_compression_level(const struct vexfs_txn *txn, const struct vexfs_inode *inode)
{
	u32 level = txn->compress_level;

	if (inode->flags & VEXFS_INODE_NOCOMPRESS)
		return 0;
	if (!level && (inode->flags & VEXFS_INODE_COMPRESS))
		level = txn->io.super.compress_level ? txn->io.super.compress_level :
						       VEXFS_COMPRESS_DEFAULT;
	/* What has no business here an image may have; what others cannot read is not added. */
	return txn->io.super.incompat & VEXFS_INCOMPAT_ZSTD ? level : 0;
}

u32 vexfs_compression_get(const struct vexfs_inode *inode)
{
	if (inode->flags & VEXFS_INODE_COMPRESS)
		return VEXFS_COMPRESSION_ZSTD;
	return inode->flags & VEXFS_INODE_NOCOMPRESS ? VEXFS_COMPRESSION_NONE :
						       VEXFS_COMPRESSION_UNSET;
}

void vexfs_compression_set(struct vexfs_inode *inode, u32 compression)
{
	inode->flags &= ~VEXFS_COMPRESSION_FLAGS;
	if (compression == VEXFS_COMPRESSION_ZSTD)
		inode->flags |= VEXFS_INODE_COMPRESS;
	else if (compression == VEXFS_COMPRESSION_NONE)
		inode->flags |= VEXFS_INODE_NOCOMPRESS;
}

static int type_check(struct vexfs_txn *txn, struct vexfs_id id, struct vexfs_attr *attr)
{
	int err = vexfs_inode_getattr(txn, id, attr);

	if (!err && (attr->mode & VEXFS_S_IFMT) != VEXFS_S_IFREG &&
	    (attr->mode & VEXFS_S_IFMT) != VEXFS_S_IFDIR)
		err = VEXFS_ERR(EINVAL);
	return err;
}

int vexfs_compression_check(struct vexfs_txn *txn, struct vexfs_id id, u32 compression)
{
	struct vexfs_attr attr;
	int err;

	if (compression > VEXFS_COMPRESSION_NONE)
		return VEXFS_ERR(EINVAL);
	err = type_check(txn, id, &attr);
	if (err || compression == VEXFS_COMPRESSION_UNSET)
		return err;
	return vexfs_txn_admit(txn, VEXFS_INCOMPAT_ZSTD);
}

/* ---- the attribute ---- */

static bool is_ours(const char *name, u32 name_bytes)
{
	return name_bytes == NAME_BYTES && !memcmp(name, VEXFS_XATTR_COMPRESSION, NAME_BYTES);
}

static int change(struct vexfs_txn *txn, struct vexfs_id id, u32 compression)
{
	struct vexfs_setattr set = { .valid = VEXFS_SET_COMPRESSION, .compression = compression };

	return vexfs_inode_setattr(txn, id, &set, NULL);
}

int vexfs_attribute_get(struct vexfs_txn *txn, struct vexfs_id id, const char *name,
			u32 name_bytes, void *out, u32 size, u32 *bytes)
{
	struct vexfs_attr attr;
	int err;

	if (!is_ours(name, name_bytes))
		return vexfs_xattr_get(txn, id, name, name_bytes, out, size, bytes);
	err = vexfs_inode_getattr(txn, id, &attr);
	if (err)
		return err;
	if (attr.compression == VEXFS_COMPRESSION_UNSET)
		return VEXFS_ERR(ENODATA);
	if (size && size < VALUE_BYTES)
		return VEXFS_ERR(ERANGE);
	if (size)
		memcpy(out, values[attr.compression], VALUE_BYTES);
	*bytes = VALUE_BYTES;
	return 0;
}

int vexfs_attribute_set(struct vexfs_txn *txn, struct vexfs_id id, const char *name,
			u32 name_bytes, const void *value, u32 value_bytes, u32 flags)
{
	struct vexfs_attr attr;
	u32 compression;
	int err;

	if (!is_ours(name, name_bytes))
		return vexfs_xattr_set(txn, id, name, name_bytes, value, value_bytes, flags);
	for (compression = VEXFS_COMPRESSION_ZSTD; compression <= VEXFS_COMPRESSION_NONE;
	     compression++) {
		if (value_bytes == VALUE_BYTES && !memcmp(value, values[compression], VALUE_BYTES))
			break;
	}
	err = compression > VEXFS_COMPRESSION_NONE ||
			      (flags & ~(VEXFS_XATTR_CREATE | VEXFS_XATTR_REPLACE)) ?
		      VEXFS_ERR(EINVAL) :
		      type_check(txn, id, &attr);
	if (err)
		return err;
	if (attr.compression && (flags & VEXFS_XATTR_CREATE))
		return VEXFS_ERR(EEXIST);
	if (!attr.compression && (flags & VEXFS_XATTR_REPLACE))
		return VEXFS_ERR(ENODATA);
	return change(txn, id, compression);
}

int vexfs_attribute_remove(struct vexfs_txn *txn, struct vexfs_id id, const char *name,
			   u32 name_bytes)
{
	struct vexfs_attr attr;
	int err;

	if (!is_ours(name, name_bytes))
		return vexfs_xattr_remove(txn, id, name, name_bytes);
	err = vexfs_inode_getattr(txn, id, &attr);
	if (!err && attr.compression == VEXFS_COMPRESSION_UNSET)
		err = VEXFS_ERR(ENODATA);
	return err ? err : change(txn, id, VEXFS_COMPRESSION_UNSET);
}

int vexfs_attribute_list(struct vexfs_txn *txn, struct vexfs_id id, char *out, u32 size,
			 u32 *bytes)
{
	struct vexfs_attr attr;
	u32 others;
	int err = vexfs_inode_getattr(txn, id, &attr);

	if (!err)
		err = vexfs_xattr_list(txn, id, out, size, &others);
	if (err)
		return err;
	if (attr.compression != VEXFS_COMPRESSION_UNSET) {
		if (size && size - others <= NAME_BYTES)
			return VEXFS_ERR(ERANGE);
		if (size)
			memcpy(out + others, VEXFS_XATTR_COMPRESSION, NAME_BYTES + 1);
		others += NAME_BYTES + 1;
	}
	*bytes = others;
	return 0;
}
