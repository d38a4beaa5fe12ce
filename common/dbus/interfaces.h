// SPDX-License-Identifier: Apache-2.0
//
// common/dbus/interfaces.h - what org.vexfs.VexFS1.*.xml says, as data.
//
// The XML files are compiled in and parsed once. The daemon answers introspection from them and
// refuses calls that do not fit them, so that they cannot drift from what is served.
#pragma once

#include <QHash>
#include <QString>
#include <QStringList>

namespace vexfs::dbus {

struct MethodInfo
{
    QString inSignature;
    QString outSignature;
};

struct PropertyInfo
{
    QString signature;
    bool isConstant = false;
};

/// One interface. A value; thread: any.
struct InterfaceInfo
{
    QString name;
    QHash<QString, MethodInfo> methods;
    QHash<QString, PropertyInfo> properties;
    QHash<QString, QString> signalSignatures;
    /// The <interface> element without comments.
    QString xml;
};

/// The interface of that name; null when VexFS1 has none.
const InterfaceInfo *findInterface(const QString &name);

QStringList interfaceNames();

/// Parses every <interface> of an introspection document. Empty when it is not well-formed.
QList<InterfaceInfo> parseInterfaces(const QString &document);

} // namespace vexfs::dbus
