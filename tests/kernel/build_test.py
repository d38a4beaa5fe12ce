#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""Goal: the module builds without a warning for every kernel whose headers are here; loads, and
goes away, and there is nothing left of it.

Method: what the other tests of this folder boot is made here; then one boot of it. Prints the list
of kernels.
"""
import os

import guest
import lane
import qemu

booted = guest.MACHINE.prepare()
if guest.MACHINE_NAME == "qemu":
    for release in qemu.headers():
        lane.build_module(f"/usr/src/linux-headers-{release}",
                          os.path.join(lane.LANE, release, "module"))
        print(f"compiled for {release}")
else:
    print(f"compiled for {booted}")
said = guest.run("grep vexfs /proc/filesystems && modinfo -F license "
                 f"{guest.MACHINE.module} && uname -rv", timeout=300)
print(f"booted on {booted}:\n{said.strip()}")
