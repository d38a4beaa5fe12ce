// SPDX-License-Identifier: Apache-2.0
//
// gui/models/preview/file_preview.h - the selected file as the preview shows it, and what is like
// it.
#pragma once

#include "common/client/client.h"
#include "gui/models/preview/file_look.h"
#include "gui/models/preview/selected_file.h"

#include <QObject>
#include <QTimer>

namespace vexfs::gui {

/// Asks the volume, and then the daemon, a moment after a file is selected: who goes through a list
/// by keys looks at few of them. Only the last file counts, and not many questions to volumes are
/// open at once. Owner: the window; lives in the GUI thread, which never waits.
class FilePreview : public QObject
{
    Q_OBJECT

public:
    enum class State {
        None,    ///< no file
        Reading,
        Silent,  ///< its volume has not answered for a while
        Ready,   ///< look() counts, whatever it says
    };
    enum class Related {
        None,   ///< nothing is asked: of a folder, of what is gone, of a snapshot
        Asked,
        Known,
        Failed, ///< the index does not know the file, or the daemon is away
    };
    static constexpr int kRelatedMost = 5;

    explicit FilePreview(client::Client &client, QObject *parent = nullptr);

    /// The same file again is not read again.
    void setFile(const SelectedFile &file);
    /// While nobody sees it, it asks nobody.
    void setWanted(bool isWanted);
    /// As it is now.
    void reload();

    const SelectedFile &file() const { return m_file; }
    State state() const { return m_state; }
    const FileLook &look() const { return m_look; }
    Related relatedState() const { return m_relatedState; }
    /// Without the file itself.
    const QList<client::SearchHit> &related() const { return m_related; }

Q_SIGNALS:
    void changed();
    void relatedChanged();

private:
    void start();
    void ask();
    void take(const FileLook &look);
    void askRelated();
    void setRelated(Related state, const QList<client::SearchHit> &hits = {});

    client::Client &m_client;
    SelectedFile m_file;
    FileLook m_look;
    QList<client::SearchHit> m_related;
    QTimer m_settle;
    QTimer m_patience;
    QTimer m_relatedSettle;
    State m_state = State::None;
    Related m_relatedState = Related::None;
    quint64 m_number = 0; ///< of the file that counts
    int m_open = 0;       ///< questions to volumes that have no answer yet
    bool m_isWanted = false;
    bool m_isHeld = false; ///< the file is asked about when one of them is answered
};

} // namespace vexfs::gui
