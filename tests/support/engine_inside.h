// SPDX-License-Identifier: Apache-2.0
// The engine's own heads, for tests that change what a facade would not.
#pragma once

extern "C" {
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wshadow" // C has functions that are called as structs are
#include "format/hash.h"
#include "fs/access.h"
#include "fs/entry.h"
#include "fs/fork.h"
#include "fs/name.h"
#include "fs/xattr.h"
#include "snap/snap.h"
#pragma GCC diagnostic pop
}
