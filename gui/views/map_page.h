// SPDX-License-Identifier: Apache-2.0
//
// gui/views/map_page.h - the files of a volume as a map: what is about the same lies together.
#pragma once

#include "gui/models/choosing/file_chooser.h"
#include "gui/models/map/file_list.h"
#include "gui/models/map_model.h"
#include "gui/models/opener.h"
#include "gui/models/preview/selected_file.h"

#include <QTimer>
#include <QWidget>

class QActionGroup;
class QHBoxLayout;
class QLabel;
class QLineEdit;
class QPushButton;
class QSlider;
class QStackedWidget;
class QToolButton;
class QTreeView;

namespace vexfs::gui {

class MapCanvas;
class MessageBar;
class Placeholder;

class MapPage : public QWidget
{
    Q_OBJECT

public:
    MapPage(client::Client &client, MapModel &model, QWidget *parent = nullptr);

Q_SIGNALS:
    void similarAsked(const QString &uri);
    void searchAsked(const QString &query);
    void fileSelected(const SelectedFile &file);

protected:
    void showEvent(QShowEvent *event) override;

private:
    QHBoxLayout *makeTools();
    QWidget *makeList();
    QHBoxLayout *makeTimes();
    void describeCanvas();
    void showMoments();
    void showNow();
    void showMoment();
    void showPlaceholder(bool isReady);
    QString momentText(const QString &snapshot) const;
    void showState();
    void showPoints();
    void showCard(int number);
    void hideCard();
    void takeSelection();
    void showActions();
    void showSelected();
    void copyChosen();
    void saveList();
    QList<qulonglong> listedIds() const;
    QStringList chosenUris() const;

    MapModel &m_model;
    Opener m_opener;
    FileList m_saved;
    FileChooser m_chooser;
    MessageBar *m_message;
    MapCanvas *m_canvas;
    QLabel *m_card;
    QLineEdit *m_query;
    QActionGroup *m_tools;
    QToolButton *m_all;
    QPushButton *m_layOut;
    QSlider *m_times;
    QLabel *m_moment;
    QToolButton *m_now;
    QTreeView *m_list;
    QLabel *m_count;
    QPushButton *m_open;
    QPushButton *m_folder;
    QPushButton *m_copy;
    QPushButton *m_similar;
    QPushButton *m_save;
    QToolButton *m_search;
    Placeholder *m_placeholder;
    QStackedWidget *m_stack;
    QTimer m_cardTimer;
    int m_asked = -1; ///< the point whose card is wanted
    quint64 m_current = 0; ///< the file that the keys are at; 0 for none
    QString m_projection;  ///< of the points that are shown
};

} // namespace vexfs::gui
