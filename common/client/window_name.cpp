// SPDX-License-Identifier: Apache-2.0
#include "common/client/window_name.h"

#include <QDBusConnection>
#include <QDBusMessage>
#include <QVariantMap>

namespace vexfs::client {

namespace {

const QString kName = QStringLiteral("org.vexfs.VexFS");
const QString kPath = QStringLiteral("/org/vexfs/VexFS");
const QString kInterface = QStringLiteral("org.freedesktop.Application");
constexpr int kPassMs = 3000;

QString tokenOf(const QVariantMap &platform)
{
    const QString token = platform.value(QStringLiteral("activation-token")).toString();
    return token.isEmpty() ? platform.value(QStringLiteral("desktop-startup-id")).toString()
                           : token;
}

} // namespace

class WindowName::Adaptor : public QObject
{
    Q_OBJECT
    Q_CLASSINFO("D-Bus Interface", "org.freedesktop.Application")

public:
    explicit Adaptor(WindowName *owner) : m_owner(owner) {}

    // Names of the specification.
public Q_SLOTS:
    void Activate(const QVariantMap &platform)
    {
        Q_EMIT m_owner->wished({{}, {}, {}, tokenOf(platform)});
    }
    void Open(const QStringList &uris, const QVariantMap &platform)
    {
        Q_EMIT m_owner->wished({{}, {}, uris, tokenOf(platform)});
    }
    void ActivateAction(const QString &action, const QVariantList &parameter,
                        const QVariantMap &platform)
    {
        Q_EMIT m_owner->wished(
            {action, parameter.value(0).toString(), {}, tokenOf(platform)});
    }

private:
    WindowName *m_owner;
};

WindowName::WindowName(QObject *parent) : QObject(parent) {}

WindowName::~WindowName()
{
    if (m_adaptor)
        QDBusConnection::sessionBus().unregisterService(kName);
}

bool WindowName::take()
{
    QDBusConnection bus = QDBusConnection::sessionBus();
    if (!bus.isConnected())
        return true;
    auto adaptor = std::make_unique<Adaptor>(this);
    // Before the name: who finds it may ask at once.
    bus.registerObject(kPath, adaptor.get(), QDBusConnection::ExportAllSlots);
    if (!bus.registerService(kName)) {
        bus.unregisterObject(kPath);
        return false;
    }
    m_adaptor = std::move(adaptor);
    return true;
}

bool WindowName::pass(const WindowWish &wish)
{
    const QVariantMap platform{{QStringLiteral("activation-token"), wish.token},
                               {QStringLiteral("desktop-startup-id"), wish.token}};
    QString method = QStringLiteral("Activate");
    QVariantList arguments{platform};
    if (!wish.action.isEmpty()) {
        method = QStringLiteral("ActivateAction");
        const QVariantList parameter
            = wish.argument.isEmpty() ? QVariantList() : QVariantList{wish.argument};
        arguments = {wish.action, parameter, platform};
    } else if (!wish.uris.isEmpty()) {
        method = QStringLiteral("Open");
        arguments = {wish.uris, platform};
    }
    QDBusMessage message = QDBusMessage::createMethodCall(kName, kPath, kInterface, method);
    message.setArguments(arguments);
    const QDBusMessage answer
        = QDBusConnection::sessionBus().call(message, QDBus::Block, kPassMs);
    return answer.type() == QDBusMessage::ReplyMessage;
}

} // namespace vexfs::client

#include "window_name.moc"
