// SPDX-License-Identifier: GPL-2.0-or-later OR Apache-2.0
#pragma once

// The one place that says which version of libfuse's interface is meant.
#define FUSE_USE_VERSION 312
#include <fuse_lowlevel.h>
