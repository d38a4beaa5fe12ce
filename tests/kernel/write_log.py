# SPDX-License-Identifier: Apache-2.0
"""What a disk may hold after the power was lost: QEMU's record of a guest's writes, replayed.

QEMU (blklogwrites) notes each write and flush in the format of dm-log-writes. Of what came after
the last flush, a disk with a cache may have kept any part: a state takes each of those writes or
leaves it out, or stops in the middle of one.
"""
import struct
import subprocess

SECTOR = 512
FLUSH = 1


def blockdevs(disk, log):
    """QEMU's arguments for a disk whose writes go to @log, too."""
    return ("-blockdev", f"driver=file,node-name=diskfile,filename={disk}",
            "-blockdev", "driver=raw,node-name=disk,file=diskfile",
            "-blockdev", f"driver=file,node-name=logfile,filename={log}",
            "-blockdev", "driver=raw,node-name=log,file=logfile",
            "-blockdev", f"driver=blklogwrites,node-name=logged,file=disk,log=log,"
                         f"log-sector-size={SECTOR}",
            "-device", "virtio-blk-pci,drive=logged")


def entries(log):
    """(sector, place of the data in the log, sectors, whether it is a flush), in order."""
    with open(log, "rb") as stream:
        _, _, count, sector_bytes = struct.unpack("<QQQI", stream.read(28))
        if sector_bytes != SECTOR:
            raise AssertionError(f"the log has sectors of {sector_bytes} bytes")
        at = SECTOR
        for _ in range(count):
            stream.seek(at)
            sector, sectors, flags, _ = struct.unpack("<QQQQ", stream.read(32))
            yield sector, at + SECTOR, sectors, bool(flags & FLUSH)
            at += SECTOR + sectors * SECTOR


def copy(image, to):
    """With its holes."""
    subprocess.run(("cp", "--sparse=always", image, to), check=True)


def build(base, log, to, random, share):
    """@to: @base after all that was flushed, and of each later write with probability @share.
    Returns how many writes were flushed, and how many of the others were taken."""
    every = list(entries(log))
    last = max((number for number, entry in enumerate(every) if entry[3]), default=-1)
    copy(base, to)
    taken = 0
    with open(log, "rb") as source, open(to, "r+b") as disk:
        for number, (sector, place, sectors, _) in enumerate(every):
            if number > last:
                if random.random() >= share:
                    continue
                taken += 1
                if 0 < share < 1 and sectors > 1 and random.random() < 0.2:
                    sectors = random.randrange(1, sectors)  # torn
            source.seek(place)
            disk.seek(sector * SECTOR)
            disk.write(source.read(sectors * SECTOR))
    return last + 1, taken
