// SPDX-License-Identifier: Apache-2.0
//
// common/dbus/object_tree.h - serves objects below the root path from the XML and from functions.
//
// In place of generated adaptors, because QtDBus sends no PropertiesChanged, has no ObjectManager,
// answers calls of the wrong signature with UnknownMethod and cannot carry (sda{sv}) in generated
// code without hand-kept annotations. Here the XML decides: a call that does not fit it never
// reaches a handler, and an interface whose handlers do not match it is not served.
#pragma once

#include "common/base/error.h"
#include "common/dbus/interfaces.h"

#include <QDBusConnection>
#include <QDBusMessage>
#include <QDBusVirtualObject>
#include <QMap>
#include <QVariantMap>

#include <functional>

namespace vexfs::dbus {

/// A call that waits for its one answer. Cheap to copy; may be answered from any thread.
class Call
{
public:
    Call(QDBusMessage message, QDBusConnection connection);

    const QVariant &argument(int index) const { return m_arguments[index]; }
    QString text(int index) const { return m_arguments[index].toString(); }
    QStringList texts(int index) const { return m_arguments[index].toStringList(); }
    /// An a{sv}.
    QVariantMap map(int index) const;
    /// The a{sv} that every call ends in.
    QVariantMap options() const;

    /// Who calls; the daemon's own user where the bus does not say. Asks the bus, so it blocks.
    uint callerUid() const;

    void reply(const QVariantList &values = {}) const;
    void fail(const base::Error &error) const;

private:
    QDBusMessage m_message;
    QVariantList m_arguments;
    QDBusConnection m_connection;
};

/// How one interface of one object is served. Called on the thread of the ObjectTree.
struct Binding
{
    QString interface;
    QHash<QString, std::function<void(const Call &)>> methods;
    /// All properties of the interface, by name, in the types of the XML.
    std::function<QVariantMap()> properties;
};

/// The objects of one service name. Owner: the program's bus server; thread: the one of QtDBus.
class ObjectTree : public QDBusVirtualObject
{
    Q_OBJECT

public:
    ObjectTree(QDBusConnection connection, QString rootPath, QObject *parent = nullptr);
    ~ObjectTree() override;

    /// Puts the tree on the bus. Failed when another object holds the path.
    base::Status publish();

    /// Serves an object and announces it. InvalidArgs when a binding does not match its XML.
    base::Status addObject(const QString &path, const QList<Binding> &bindings);
    void removeObject(const QString &path);
    bool hasObject(const QString &path) const { return m_objects.contains(path); }

    /// Sends PropertiesChanged for what differs from what was last told.
    void refresh(const QString &path, const QString &interface);

    void sendSignal(const QString &path, const QString &interface, const QString &name,
                    const QVariantList &values) const;

    QString introspect(const QString &path) const override;
    bool handleMessage(const QDBusMessage &message, const QDBusConnection &connection) override;

private:
    struct Served
    {
        Binding binding;
        const InterfaceInfo *info = nullptr;
        QVariantMap told;
    };
    using Object = QMap<QString, Served>;

    base::Result<Served> serve(const Binding &binding) const;
    bool callMethod(Object *object, const QDBusMessage &message, const QDBusConnection &connection);
    bool callProperties(Object *object, const QDBusMessage &message,
                        const QDBusConnection &connection);
    bool callObjectManager(const QDBusMessage &message, const QDBusConnection &connection) const;

    QDBusConnection m_connection;
    QString m_rootPath;
    QMap<QString, Object> m_objects;
};

} // namespace vexfs::dbus
