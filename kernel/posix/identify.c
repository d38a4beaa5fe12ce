/* SPDX-License-Identifier: GPL-2.0-or-later OR Apache-2.0 */
/* identify.c - names for what is on a device that should be a volume, and for what went wrong. */
#include <stdio.h>
#include <string.h>

#include <vexfs/posix_identify.h>
#include <vexfs/volume.h>

#define PROBED_BLOCKS	17u	/* btrfs has its superblock at 64 KiB */

struct signature {
	u32 offset_bytes;
	u32 len_bytes;
	const char *magic;
	const char *what;
};

static const struct signature signatures[] = {
	{ 0x10040, 8, "_BHRfS_M", "a btrfs filesystem" },
	{ 0x8001, 5, "CD001", "an ISO 9660 image" },
	{ 0x438, 2, "\x53\xef", "an ext2, ext3 or ext4 filesystem" },
	{ 0x410, 4, "\xf2\xf5\x20\x10", "an F2FS filesystem" },
	{ 0x400, 4, "\x10\x20\xf5\xf2", "an F2FS filesystem" },
	{ 0x400, 4, "\xe2\xe1\xf5\xe0", "an EROFS image" },
	{ 0xff6, 10, "SWAPSPACE2", "swap space" },
	{ 0x200, 8, "EFI PART", "a disk with a GPT partition table" },
	{ 0x200, 8, "LABELONE", "an LVM physical volume" },
	{ 3, 8, "NTFS    ", "an NTFS filesystem" },
	{ 3, 8, "EXFAT   ", "an exFAT filesystem" },
	{ 82, 5, "FAT32", "a FAT filesystem" },
	{ 54, 4, "FAT1", "a FAT filesystem" },
	{ 0, 4, "XFSB", "an XFS filesystem" },
	{ 0, 6, "LUKS\xba\xbe", "a LUKS encrypted device" },
	{ 0, 4, "hsqs", "a squashfs image" },
	{ 0, 4, "QFI\xfb", "a QEMU disk image (qcow2)" },
	{ 0, 2, "\x1f\x8b", "gzip data" },
	{ 0, 6, "\xfd" "7zXZ", "xz data" },
	{ 0, 4, "\x28\xb5\x2f\xfd", "zstd data" },
	{ 0, 4, "PK\x03\x04", "a zip archive or office document" },
	{ 0, 4, "\x7f" "ELF", "a program" },
	{ 0, 5, "%PDF-", "a PDF document" },
	{ 257, 5, "ustar", "a tar archive" },
	{ 510, 2, "\x55\xaa", "a disk with a boot sector or partition table" },
};

static const char *identify_bytes(const u8 *bytes, size_t size)
{
	const struct signature *s;
	size_t i;

	for (i = 0; i < sizeof(signatures) / sizeof(signatures[0]); i++) {
		s = &signatures[i];
		if (s->offset_bytes + s->len_bytes <= size &&
		    memcmp(bytes + s->offset_bytes, s->magic, s->len_bytes) == 0)
			return s->what;
	}
	for (i = 0; i < size && !bytes[i]; i++)
		;
	return i == size ? "nothing but zeros" : NULL;
}

const char *vexfs_identify(struct vexfs_dev *dev)
{
	u64 blocks = vexfs_port_dev_size_blocks(dev);
	u32 probed = blocks < PROBED_BLOCKS ? (u32)blocks : PROBED_BLOCKS;
	const char *what = NULL;
	u8 *bytes;

	if (!probed)
		return "less than one block";
	bytes = vexfs_port_alloc((size_t)probed * VEXFS_BLOCK_BYTES);
	if (bytes && vexfs_port_dev_read(dev, 0, probed, bytes) == 0)
		what = identify_bytes(bytes, (size_t)probed * VEXFS_BLOCK_BYTES);
	vexfs_port_free(bytes);
	return what;
}

void vexfs_explain_dev_error(const char *path, int error, char *out, size_t size)
{
	switch (error) {
	case -ENOENT:
		snprintf(out, size,
			 "%s: there is no such image or device; make a volume with: "
			 "mkfs.vexfs --size 1G %s", path, path);
		break;
	case -EBUSY:
		snprintf(out, size,
			 "%s: in use by another program, or mounted by a loop device",
			 path);
		break;
	case -EROFS:
		snprintf(out, size, "%s: on a read-only filesystem; mount with -o ro", path);
		break;
	case -EACCES:
		snprintf(out, size, "%s: not permitted to open it for writing; mount with -o ro, "
			 "or ask its owner for access", path);
		break;
	case -EINVAL:
		snprintf(out, size, "%s: neither an image file nor a block device", path);
		break;
	default:
		snprintf(out, size, "%s: %s", path, strerror(-error));
	}
}

void vexfs_explain_volume_error(const char *path, struct vexfs_dev *dev, int error, char *out,
				size_t size)
{
	const char *what;

	switch (error) {
	case -EINVAL:
		what = vexfs_identify(dev);
		if (what)
			snprintf(out, size, "%s: not a VexFS volume but %s; mkfs.vexfs makes one",
				 path, what);
		else
			snprintf(out, size, "%s: not a VexFS volume; mkfs.vexfs makes one", path);
		break;
	case -EBADMSG:
		snprintf(out, size, "%s: a VexFS volume, but what is needed to open it is damaged "
			 "(checksum); fsck.vexfs says more", path);
		break;
	case -EUCLEAN:
		snprintf(out, size, "%s: a VexFS volume whose structure is damaged; fsck.vexfs "
			 "says more", path);
		break;
	case -EPROTONOSUPPORT:
		snprintf(out, size, "%s: made by a newer VexFS, with features that this version "
			 "does not know; update VexFS", path);
		break;
	case -ENOSPC:
		snprintf(out, size, "%s: shorter than the volume that it holds (%llu blocks are "
			 "there); was it truncated?", path,
			 (unsigned long long)vexfs_port_dev_size_blocks(dev));
		break;
	case -EROFS:
		snprintf(out, size, "%s: read-only; mount with -o ro", path);
		break;
	default:
		snprintf(out, size, "%s: %s", path, strerror(-error));
	}
}
