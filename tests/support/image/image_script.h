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

/// One step, as its bytes are laid out in a script.
struct ScriptStep
{
    uint8_t action;
    uint8_t how;
    uint16_t which;
    uint16_t item;
    uint16_t offset;
    uint8_t value[8];

    uint64_t number() const;
};
static_assert(sizeof(ScriptStep) == kImageStepBytes);

/// Changes 1, 2, 4 or 8 bytes inside @p size bytes, as @p step says: sets, flips, adds, or puts a
/// value there at which things change.
void editBytes(uint8_t *bytes, size_t size, const ScriptStep &step);

/// Changes an image as @p script says. Any bytes are a script: each step picks a node, page, field
/// or item by number (modulo how many there are) and sets, adds to, removes, repeats, resizes or
/// moves it. Checksums are repaired after it, except where a step says that it damages a raw block.
void applyImageScript(const uint8_t *script, size_t bytes, ImageEditor &editor,
                      OverlayDevice &device);

/// A random script of 1 to @p steps steps.
std::string randomImageScript(Random &random, size_t steps);

} // namespace vexfs::test
