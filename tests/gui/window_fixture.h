// SPDX-License-Identifier: Apache-2.0
//
// tests/gui/window_fixture.h - a window beside the real daemon of the session that window.py made,
// and ways to find what is in it.
#pragma once

#include "common/base/file_uri.h"
#include "common/client/bus_client.h"
#include "gui/app/main_window.h"
#include "gui/models/choosing/file_chooser.h"
#include "gui/widgets/message_bar.h"

#include <QAction>
#include <QApplication>
#include <QDesktopServices>
#include <QDir>
#include <QElapsedTimer>
#include <QFile>
#include <QLabel>
#include <QLineEdit>
#include <QListView>
#include <QMenu>
#include <QPushButton>
#include <QTest>
#include <QTimer>
#include <QToolButton>
#include <QTreeView>

#include <QPromise>
#include <QUrl>

#include <csignal>
#include <memory>
#include <optional>

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

namespace vexfs::test {

constexpr int kWaitMs = 20'000;

/// The daemon, and what it says of permissions where the test says something else.
class SessionClient : public client::BusClient
{
public:
    std::optional<base::Permissions> permitted;

    client::Reply<base::Permissions> permissions() override
    {
        if (!permitted)
            return BusClient::permissions();
        QPromise<base::Result<base::Permissions>> promise;
        promise.start();
        promise.addResult(*permitted);
        promise.finish();
        return promise.future();
    }
};

inline bool write(const QByteArray &path, const QByteArray &text)
{
    const int fd = ::open(path.constData(), O_CREAT | O_TRUNC | O_WRONLY | O_CLOEXEC, 0644);
    if (fd < 0)
        return false;
    const bool isWritten = ::write(fd, text.constData(), size_t(text.size())) == text.size();
    return ::close(fd) == 0 && isWritten;
}

template <class Widget> Widget *named(QWidget &window, const QString &name)
{
    for (Widget *each : window.findChildren<Widget *>()) {
        if (each->accessibleName() == name)
            return each;
    }
    return nullptr;
}

template <class Button> Button *buttonWith(QWidget &window, const QString &text)
{
    for (Button *each : window.findChildren<Button *>()) {
        if (each->text().remove(u'&') == text && each->isVisible())
            return each;
    }
    return nullptr;
}

/// Whether some label that is to be seen has the part in its text.
inline bool says(const QWidget &window, const QString &part)
{
    for (const QLabel *label : window.findChildren<QLabel *>()) {
        if (label->isVisible() && label->text().contains(part))
            return true;
    }
    return false;
}

/// What the bar over the page says; empty where it says nothing.
inline QString message(const QWidget &window)
{
    for (const auto *bar : window.findChildren<gui::MessageBar *>()) {
        if (bar->isVisible())
            return bar->accessibleName();
    }
    return {};
}

/// Chooses it in the button's menu, as a click does: only where it is enabled.
inline bool chooseInMenu(QToolButton *button, const QString &text)
{
    for (QAction *action : button ? button->menu()->actions() : QList<QAction *>()) {
        if (action->text().remove(u'&').startsWith(text)) {
            const bool isEnabled = action->isEnabled();
            action->trigger();
            return isEnabled;
        }
    }
    return false;
}

/// Answers the next dialog: what the function does with it. wasAsked() tells whether there was one.
class DialogAnswer : public QObject
{
public:
    explicit DialogAnswer(std::function<void(QWidget *)> answer) : m_answer(std::move(answer))
    {
        m_timer.setInterval(20);
        connect(&m_timer, &QTimer::timeout, this, [this] {
            QWidget *dialog = QApplication::activeModalWidget();
            if (!dialog || !dialog->isVisible())
                return;
            m_timer.stop();
            m_wasAsked = true;
            m_answer(dialog);
        });
        m_timer.start();
    }
    bool wasAsked() const { return m_wasAsked; }

private:
    std::function<void(QWidget *)> m_answer;
    QTimer m_timer;
    bool m_wasAsked = false;
};

/// Types into the dialog's field in place of what is there, and Enter.
inline std::function<void(QWidget *)> typing(const QString &text)
{
    return [text](QWidget *dialog) {
        auto *field = dialog->findChild<QLineEdit *>();
        QTest::keyClick(field, Qt::Key_A, Qt::ControlModifier);
        QTest::keyClicks(field, text);
        QTest::keyClick(field, Qt::Key_Return);
    };
}

/// Takes what would be opened in another program.
class OpenedUrls : public QObject
{
    Q_OBJECT

public:
    OpenedUrls() { QDesktopServices::setUrlHandler(QStringLiteral("file"), this, "take"); }
    ~OpenedUrls() override { QDesktopServices::unsetUrlHandler(QStringLiteral("file")); }
    QList<QByteArray> encoded;

public Q_SLOTS:
    void take(const QUrl &url) { encoded.append(url.toEncoded()); }
};

inline QByteArray bytesOf(const QString &path)
{
    QFile file(path);
    return file.open(QIODevice::ReadOnly) ? file.readAll() : QByteArray();
}

/// Of the driver that serves a volume below the folder of the session; -1 where there is none.
inline qint64 driverPid()
{
    const QByteArray folder = qgetenv("VEXFS_TEST_FOLDER");
    for (const QString &pid : QDir(QStringLiteral("/proc")).entryList(QDir::Dirs)) {
        const QList<QByteArray> words
            = bytesOf(QStringLiteral("/proc/%1/cmdline").arg(pid)).split('\0');
        const bool isOurs = std::any_of(words.begin(), words.end(), [&](const QByteArray &word) {
            return word.startsWith(folder);
        });
        if (words[0].endsWith("vexfs-fuse") && isOurs)
            return pid.toLongLong();
    }
    return -1;
}

/// A test that has a window before the daemon in each of its functions.
class WindowSession : public QObject
{
    Q_OBJECT

protected:
    /// Another window in place of the one that is there.
    void openWindow()
    {
        m_window = std::make_unique<gui::MainWindow>(*m_client, QString());
        m_window->show();
        QVERIFY(QTest::qWaitForWindowExposed(m_window.get()));
        QTRY_VERIFY_WITH_TIMEOUT(m_window->service().isAvailable(), kWaitMs);
        const auto isMounted = [this] {
            const client::VolumeInfo *volume = m_window->service().current();
            return volume && volume->isMounted();
        };
        QTRY_VERIFY_WITH_TIMEOUT(isMounted(), kWaitMs);
        m_window->activateWindow();
        m_root = QFile::encodeName(
            QUrl(m_window->service().current()->mountUris[0]).toLocalFile());
    }

    /// Types the words, and chooses the first file that is found by them; null where none is.
    QListView *find(const QString &words)
    {
        auto *field = named<QLineEdit>(*m_window, QStringLiteral("Search"));
        auto *list = named<QListView>(*m_window, QStringLiteral("Files that were found"));
        m_window->showPage(gui::MainWindow::Search);
        QElapsedTimer wait;
        wait.start();
        // A file that was just written is found a moment later.
        while (wait.elapsed() < kWaitMs) {
            field->clear();
            QTest::keyClicks(field, words);
            const bool isThere = QTest::qWaitFor(
                [&] {
                    return m_window->searchModel().state() == gui::SearchModel::State::Found
                        && list->model()->rowCount() > 0;
                },
                1500);
            if (!isThere)
                continue;
            QTest::keyClick(field, Qt::Key_Down);
            return list;
        }
        return nullptr;
    }

    /// A script in place of the dialog.
    void setDialog(const QByteArray &script)
    {
        const QByteArray path = qgetenv("VEXFS_TEST_FOLDER") + "/dialog";
        QVERIFY(write(path, "#!/bin/sh\n" + script));
        QCOMPARE(chmod(path.constData(), 0755), 0);
        gui::FileChooser::setProgram(QFile::decodeName(path));
    }
    std::unique_ptr<SessionClient> m_client;
    std::unique_ptr<gui::MainWindow> m_window;
    const QString m_path = qEnvironmentVariable("VEXFS_TEST_CHANGED_FILE");
    QByteArray m_root; ///< of the volume

private Q_SLOTS:
    void init()
    {
        m_client = std::make_unique<SessionClient>();
        openWindow();
    }
    void cleanup()
    {
        m_window.reset();
        m_client.reset();
    }
};

/// What main() of such a test does.
template <class Test> int runWindowTest(int argc, char **argv)
{
    QApplication app(argc, argv);
    QApplication::setStyle(QStringLiteral("Fusion"));
    QApplication::setQuitOnLastWindowClosed(false);
    Test test;
    return QTest::qExec(&test, argc, argv);
}

} // namespace vexfs::test
