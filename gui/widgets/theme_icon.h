// SPDX-License-Identifier: Apache-2.0
//
// gui/widgets/theme_icon.h - the theme's icon of a name; where it has none, ours, drawn in the
// colour of the text beside it: light on a dark ground and on what is selected.
#pragma once

#include <QIcon>

namespace vexfs::gui {

/// Null where neither has it.
QIcon themeIcon(const QString &name);

} // namespace vexfs::gui
