// SPDX-License-Identifier: Apache-2.0
//
// common/client/window_name.h - the window on the session bus, as org.freedesktop.Application (the
// Desktop Entry Specification): the desktop starts it by its name, and a second start finds the
// first.
#pragma once

#include <QObject>
#include <QStringList>

#include <memory>

namespace vexfs::client {

/// What a start, or the desktop, wants of the window. All empty: that it comes to the front.
struct WindowWish
{
    QString action; ///< "search", or the name of a page
    QString argument;
    QStringList uris;
    QString token; ///< of the desktop, that lets it come to the front
};

/// Owner: main; lives in the GUI thread.
class WindowName : public QObject
{
    Q_OBJECT

public:
    explicit WindowName(QObject *parent = nullptr);
    ~WindowName() override;

    /// True: the name is ours, or there is no bus, and wished() tells what comes. False: another
    /// window has it.
    bool take();
    /// Tells the window that has the name. Waits a moment for its word; false when there is none.
    bool pass(const WindowWish &wish);

Q_SIGNALS:
    void wished(const vexfs::client::WindowWish &wish);

private:
    class Adaptor;
    std::unique_ptr<Adaptor> m_adaptor;
};

} // namespace vexfs::client
