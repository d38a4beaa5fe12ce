// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "tests/support/image/image_editor.h"
#include "tests/support/random.h"

#include <cstddef>
#include <cstdint>
#include <string>

namespace vexfs::test {

/// A step of a script is so many bytes; what remains at the end of a script is left out.
constexpr size_t kImageStepBytes = 16;

/// Changes an image as @p script says. Any bytes are a script: each step picks a node, page, field
/// or item by number (modulo how many there are) and sets, adds to, removes, repeats, resizes or
/// moves it. Checksums are repaired after it, except where a step says that it damages a raw block.
void applyImageScript(const uint8_t *script, size_t bytes, ImageEditor &editor,
                      OverlayDevice &device);

/// A random script of 1 to @p steps steps.
std::string randomImageScript(Random &random, size_t steps);

} // namespace vexfs::test
