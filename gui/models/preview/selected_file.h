// SPDX-License-Identifier: Apache-2.0
//
// gui/models/preview/selected_file.h - the file that is selected on a page, for the preview.
#pragma once

#include "common/client/client_types.h"

namespace vexfs::gui {

/// What the page knows of it; the rest is asked of its volume.
struct SelectedFile
{
    QString uri;      ///< empty: none is selected
    QString title;    ///< empty: its name says it
    QString snapshot; ///< that the URI leads into; empty for a live file
    QString passage;  ///< of its text; empty: how it begins is shown
    QList<client::TextRange> highlights; ///< of the passage
    QStringList notes; ///< sentences for people: what else is known of it
    QStringList chosen; ///< all that are selected, where that is not this one alone
};

} // namespace vexfs::gui
