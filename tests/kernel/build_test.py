#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""Goal: the module builds without a warning, loads, and goes away, and there is nothing left of it.

Method: what all tests of this folder boot is made here; then one boot of it.
"""
import lane

lane.prepare()

import guest  # noqa: E402: needs what prepare() has made

print(guest.run("grep vexfs /proc/filesystems && modinfo -F license "
                f"{lane.MODULE} && uname -r", timeout=120))
