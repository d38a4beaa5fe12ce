// SPDX-License-Identifier: Apache-2.0
#include "common/dbus/object_tree.h"

#include "common/dbus/names.h"
#include "common/dbus/types.h"

#include <QDBusConnectionInterface>
#include <QDBusError>
#include <QDBusMetaType>
#include <QDBusReply>
#include <QSet>

#include <unistd.h>

namespace vexfs::dbus {

using base::Errc;
using base::Error;

namespace {

const QString kIntrospectable = QStringLiteral("org.freedesktop.DBus.Introspectable");
const QString kPeer = QStringLiteral("org.freedesktop.DBus.Peer");

const char kStandardXml[] = R"(  <interface name="org.freedesktop.DBus.Introspectable">
    <method name="Introspect">
      <arg name="xml_data" type="s" direction="out"/>
    </method>
  </interface>
  <interface name="org.freedesktop.DBus.Properties">
    <method name="Get">
      <arg name="interface_name" type="s" direction="in"/>
      <arg name="property_name" type="s" direction="in"/>
      <arg name="value" type="v" direction="out"/>
    </method>
    <method name="GetAll">
      <arg name="interface_name" type="s" direction="in"/>
      <arg name="properties" type="a{sv}" direction="out"/>
    </method>
    <method name="Set">
      <arg name="interface_name" type="s" direction="in"/>
      <arg name="property_name" type="s" direction="in"/>
      <arg name="value" type="v" direction="in"/>
    </method>
    <signal name="PropertiesChanged">
      <arg name="interface_name" type="s"/>
      <arg name="changed_properties" type="a{sv}"/>
      <arg name="invalidated_properties" type="as"/>
    </signal>
  </interface>
)";

const char kObjectManagerXml[] = R"(  <interface name="org.freedesktop.DBus.ObjectManager">
    <method name="GetManagedObjects">
      <arg name="objects" type="a{oa{sa{sv}}}" direction="out"/>
    </method>
    <signal name="InterfacesAdded">
      <arg name="object" type="o"/>
      <arg name="interfaces" type="a{sa{sv}}"/>
    </signal>
    <signal name="InterfacesRemoved">
      <arg name="object" type="o"/>
      <arg name="interfaces" type="as"/>
    </signal>
  </interface>
)";

void refuse(const QDBusMessage &message, const QDBusConnection &connection,
            QDBusError::ErrorType type, const QString &why)
{
    connection.send(message.createErrorReply(type, why));
}

QVariantMap propertiesOf(const Binding &binding)
{
    return binding.properties ? binding.properties() : QVariantMap();
}

} // namespace

Call::Call(QDBusMessage message, QDBusConnection connection)
    : m_message(std::move(message)),
      m_arguments(m_message.arguments()),
      m_connection(std::move(connection))
{}

QVariantMap Call::map(int index) const
{
    const QVariant &value = m_arguments[index];
    if (value.canConvert<QDBusArgument>())
        return qdbus_cast<QVariantMap>(value.value<QDBusArgument>());
    return value.toMap();
}

QVariantMap Call::options() const
{
    return map(static_cast<int>(m_arguments.size()) - 1);
}

uint Call::callerUid() const
{
    const QDBusConnectionInterface *bus = m_connection.interface();
    if (!bus)
        return getuid();
    const QDBusReply<uint> uid = bus->serviceUid(m_message.service());
    return uid.isValid() ? uid.value() : getuid();
}

void Call::reply(const QVariantList &values) const
{
    if (m_message.isReplyRequired())
        m_connection.send(m_message.createReply(values));
}

void Call::fail(const Error &error) const
{
    if (m_message.isReplyRequired())
        m_connection.send(m_message.createErrorReply(base::errcBusName(error.code), error.what));
}

ObjectTree::ObjectTree(QDBusConnection connection, QString rootPath, QObject *parent)
    : QDBusVirtualObject(parent),
      m_connection(std::move(connection)),
      m_rootPath(std::move(rootPath))
{
    registerTypes();
}

ObjectTree::~ObjectTree()
{
    m_connection.unregisterObject(m_rootPath);
}

base::Status ObjectTree::publish()
{
    if (!m_connection.registerVirtualObject(m_rootPath, this, QDBusConnection::SubPath))
        return base::fail(Errc::Failed,
                          QStringLiteral("Cannot serve %1 on the bus").arg(m_rootPath));
    return {};
}

base::Result<ObjectTree::Served> ObjectTree::serve(const Binding &binding) const
{
    const InterfaceInfo *info = findInterface(binding.interface);
    if (!info)
        return base::fail(Errc::InvalidArgs,
                          QStringLiteral("No XML for %1").arg(binding.interface));
    const auto mismatch = [&binding](const QString &member) {
        return base::fail(
            Errc::InvalidArgs,
            QStringLiteral("%1 of %2 does not match the XML").arg(member, binding.interface));
    };
    const QStringList declaredMethods = info->methods.keys();
    const QStringList servedMethods = binding.methods.keys();
    const QSet<QString> declared(declaredMethods.begin(), declaredMethods.end());
    const QSet<QString> served(servedMethods.begin(), servedMethods.end());
    if (declared != served)
        return mismatch(QStringLiteral("The list of methods"));
    Served out{binding, info, propertiesOf(binding)};
    for (auto each = info->properties.constBegin(); each != info->properties.constEnd(); ++each) {
        const QMetaType type = out.told.value(each.key()).metaType();
        const char *signature = QDBusMetaType::typeToSignature(type);
        if (each->signature != QLatin1String(signature))
            return mismatch(QStringLiteral("Property ") + each.key());
    }
    if (out.told.size() != info->properties.size())
        return mismatch(QStringLiteral("The list of properties"));
    return out;
}

base::Status ObjectTree::addObject(const QString &path, const QList<Binding> &bindings)
{
    Object object;
    InterfaceProperties announced;
    for (const Binding &each : bindings) {
        auto served = serve(each);
        if (!served)
            return tl::unexpected<Error>(served.error());
        announced.insert(each.interface, served->told);
        object.insert(each.interface, *served);
    }
    m_objects.insert(path, object);
    if (path != m_rootPath) {
        sendSignal(m_rootPath, kObjectManager, QStringLiteral("InterfacesAdded"),
                   {QVariant::fromValue(QDBusObjectPath(path)), QVariant::fromValue(announced)});
    }
    return {};
}

void ObjectTree::removeObject(const QString &path)
{
    const auto found = m_objects.constFind(path);
    if (found == m_objects.constEnd())
        return;
    const QStringList interfaces = found->keys();
    m_objects.remove(path);
    sendSignal(m_rootPath, kObjectManager, QStringLiteral("InterfacesRemoved"),
               {QVariant::fromValue(QDBusObjectPath(path)), interfaces});
}

void ObjectTree::refresh(const QString &path, const QString &interface)
{
    const auto object = m_objects.find(path);
    if (object == m_objects.end())
        return;
    const auto served = object->find(interface);
    if (served == object->end())
        return;
    const QVariantMap now = propertiesOf(served->binding);
    QVariantMap changed;
    for (auto each = now.constBegin(); each != now.constEnd(); ++each) {
        if (served->told.value(each.key()) != each.value())
            changed.insert(each.key(), each.value());
    }
    served->told = now;
    if (!changed.isEmpty()) {
        sendSignal(path, kProperties, QStringLiteral("PropertiesChanged"),
                   {interface, changed, QStringList()});
    }
}

void ObjectTree::sendSignal(const QString &path, const QString &interface, const QString &name,
                            const QVariantList &values) const
{
    QDBusMessage signal = QDBusMessage::createSignal(path, interface, name);
    signal.setArguments(values);
    m_connection.send(signal);
}

QString ObjectTree::introspect(const QString &path) const
{
    QString out;
    const auto object = m_objects.constFind(path);
    if (object != m_objects.constEnd()) {
        out += QLatin1String(kStandardXml);
        if (path == m_rootPath)
            out += QLatin1String(kObjectManagerXml);
        for (const Served &each : *object)
            out += each.info->xml + u'\n';
    }
    QSet<QString> children;
    const QString prefix = path + u'/';
    for (const QString &each : m_objects.keys()) {
        if (each.startsWith(prefix))
            children.insert(each.mid(prefix.size()).section(u'/', 0, 0));
    }
    for (const QString &child : std::as_const(children))
        out += QStringLiteral("  <node name=\"%1\"/>\n").arg(child);
    return out;
}

bool ObjectTree::handleMessage(const QDBusMessage &message, const QDBusConnection &connection)
{
    const QString interface = message.interface();
    if (interface == kPeer)
        return false;
    if (interface == kIntrospectable ||
        (interface.isEmpty() && message.member() == QLatin1String("Introspect"))) {
        connection.send(message.createReply(
            QStringLiteral("<!DOCTYPE node PUBLIC \"-//freedesktop//DTD D-BUS Object Introspection "
                           "1.0//EN\"\n\"http://www.freedesktop.org/standards/dbus/1.0/"
                           "introspect.dtd\">\n<node>\n") +
            introspect(message.path()) + QStringLiteral("</node>\n")));
        return true;
    }
    const auto object = m_objects.find(message.path());
    if (object == m_objects.end()) {
        refuse(message, connection, QDBusError::UnknownObject,
               QStringLiteral("There is no object %1").arg(message.path()));
        return true;
    }
    if (interface == kProperties)
        return callProperties(&*object, message, connection);
    if (interface == kObjectManager && message.path() == m_rootPath)
        return callObjectManager(message, connection);
    return callMethod(&*object, message, connection);
}

bool ObjectTree::callMethod(Object *object, const QDBusMessage &message,
                            const QDBusConnection &connection)
{
    for (const Served &each : std::as_const(*object)) {
        if (!message.interface().isEmpty() && message.interface() != each.info->name)
            continue;
        const auto method = each.info->methods.constFind(message.member());
        if (method == each.info->methods.constEnd())
            continue;
        if (method->inSignature != message.signature()) {
            refuse(message, connection, QDBusError::InvalidArgs,
                   QStringLiteral("%1 takes the arguments '%2', not '%3'")
                       .arg(message.member(), method->inSignature, message.signature()));
            return true;
        }
        // A copy: the handler may add or remove objects, even its own.
        const auto handler = each.binding.methods.value(message.member());
        handler(Call(message, connection));
        return true;
    }
    const bool isKnown = message.interface().isEmpty() || object->contains(message.interface());
    refuse(message, connection, isKnown ? QDBusError::UnknownMethod : QDBusError::UnknownInterface,
           QStringLiteral("%1 has no method %2.%3")
               .arg(message.path(), message.interface(), message.member()));
    return true;
}

bool ObjectTree::callProperties(Object *object, const QDBusMessage &message,
                                const QDBusConnection &connection)
{
    const QVariantList arguments = message.arguments();
    const QString expected = message.member() == QLatin1String("Get")      ? QStringLiteral("ss")
                             : message.member() == QLatin1String("GetAll") ? QStringLiteral("s")
                             : message.member() == QLatin1String("Set")    ? QStringLiteral("ssv")
                                                                           : QString();
    if (expected.isEmpty() || message.signature() != expected) {
        refuse(
            message, connection,
            expected.isEmpty() ? QDBusError::UnknownMethod : QDBusError::InvalidArgs,
            QStringLiteral("Properties has no %1(%2)").arg(message.member(), message.signature()));
        return true;
    }
    const auto served = object->constFind(arguments[0].toString());
    if (served == object->constEnd()) {
        refuse(
            message, connection, QDBusError::UnknownInterface,
            QStringLiteral("%1 has no interface %2").arg(message.path(), arguments[0].toString()));
        return true;
    }
    const QVariantMap values = propertiesOf(served->binding);
    if (expected == QLatin1String("s")) {
        connection.send(message.createReply(QVariant(values)));
        return true;
    }
    const QString name = arguments[1].toString();
    if (!values.contains(name)) {
        refuse(message, connection, QDBusError::UnknownProperty,
               QStringLiteral("%1 has no property %2").arg(arguments[0].toString(), name));
    } else if (expected == QLatin1String("ssv")) {
        refuse(message, connection, QDBusError::PropertyReadOnly,
               QStringLiteral("Property %1 cannot be set").arg(name));
    } else {
        connection.send(message.createReply(QVariant::fromValue(QDBusVariant(values.value(name)))));
    }
    return true;
}

bool ObjectTree::callObjectManager(const QDBusMessage &message,
                                   const QDBusConnection &connection) const
{
    if (message.member() != QLatin1String("GetManagedObjects") || !message.signature().isEmpty()) {
        refuse(message, connection, QDBusError::UnknownMethod,
               QStringLiteral("ObjectManager has only GetManagedObjects()"));
        return true;
    }
    ManagedObjects objects;
    for (auto object = m_objects.constBegin(); object != m_objects.constEnd(); ++object) {
        if (object.key() == m_rootPath)
            continue;
        InterfaceProperties interfaces;
        for (const Served &each : object.value())
            interfaces.insert(each.info->name, propertiesOf(each.binding));
        objects.insert(QDBusObjectPath(object.key()), interfaces);
    }
    connection.send(message.createReply(QVariant::fromValue(objects)));
    return true;
}

} // namespace vexfs::dbus
