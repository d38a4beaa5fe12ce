// SPDX-License-Identifier: Apache-2.0
//
// common/dbus/types.h - the structs that travel over the bus, for QtDBus.
//
// QtDBus drops a message that carries a type it does not know, so registerTypes() comes first in
// every program that uses the bus.
#pragma once

#include <QDBusArgument>
#include <QDBusObjectPath>
#include <QList>
#include <QMap>
#include <QMetaType>
#include <QVariantMap>

namespace vexfs::dbus {

/// (sa{sv}): a snapshot.
struct NamedRow
{
    QString name;
    QVariantMap props;
    bool operator==(const NamedRow &) const = default;
};

/// (sda{sv}): a search hit.
struct HitRow
{
    QString uri;
    double score = 0;
    QVariantMap props;
    bool operator==(const HitRow &) const = default;
};

/// (ssa{sv}): a file that could not be indexed.
struct FailureRow
{
    QString uri;
    QString reason;
    QVariantMap props;
    bool operator==(const FailureRow &) const = default;
};

/// (sssa{sv}): an item of a job that failed.
struct ProblemRow
{
    QString uri;
    QString errorName;
    QString message;
    QVariantMap props;
    bool operator==(const ProblemRow &) const = default;
};

/// (tt): done and total.
struct Amounts
{
    quint64 done = 0;
    quint64 total = 0;
    bool operator==(const Amounts &) const = default;
};

/// (uu): a range of code points, end exclusive.
struct TextRange
{
    quint32 begin = 0;
    quint32 end = 0;
    bool operator==(const TextRange &) const = default;
};

/// (sssu): what, who, why and uid of who holds work back.
struct InhibitorRow
{
    QString what;
    QString who;
    QString why;
    quint32 uid = 0;
    bool operator==(const InhibitorRow &) const = default;
};

/// (ss): the name and the message of an error; both empty for none.
struct ErrorText
{
    QString name;
    QString message;
    bool operator==(const ErrorText &) const = default;
};

/// (dd): a place on a map.
struct PlaceRow
{
    double x = 0;
    double y = 0;
    bool operator==(const PlaceRow &) const = default;
};

/// (tdd): a point of a map.
struct PointRow
{
    qulonglong id = 0;
    PlaceRow place;
    bool operator==(const PointRow &) const = default;
};

/// (uddtsa{sv}): a cluster of a map.
struct ClusterRow
{
    quint32 id = 0;
    PlaceRow centre;
    quint64 size = 0;
    QString label;
    QVariantMap props;
    bool operator==(const ClusterRow &) const = default;
};

/// (ssa{sv}): what may be typed next, and its kind.
using SuggestionRow = FailureRow;
/// (sssa{sv}): name, kind and unit of a counter.
using CounterRow = ProblemRow;

/// a{st} and a{sd}.
using Counters = QMap<QString, qulonglong>;
using Gauges = QMap<QString, double>;

/// a{ss}.
using Words = QMap<QString, QString>;

using InterfaceProperties = QMap<QString, QVariantMap>;
using ManagedObjects = QMap<QDBusObjectPath, InterfaceProperties>;

/// Tells QtDBus about all of the above. May be called more than once.
void registerTypes();

QDBusArgument &operator<<(QDBusArgument &out, const NamedRow &row);
const QDBusArgument &operator>>(const QDBusArgument &in, NamedRow &row);
QDBusArgument &operator<<(QDBusArgument &out, const HitRow &row);
const QDBusArgument &operator>>(const QDBusArgument &in, HitRow &row);
QDBusArgument &operator<<(QDBusArgument &out, const FailureRow &row);
const QDBusArgument &operator>>(const QDBusArgument &in, FailureRow &row);
QDBusArgument &operator<<(QDBusArgument &out, const ProblemRow &row);
const QDBusArgument &operator>>(const QDBusArgument &in, ProblemRow &row);
QDBusArgument &operator<<(QDBusArgument &out, const Amounts &amounts);
const QDBusArgument &operator>>(const QDBusArgument &in, Amounts &amounts);
QDBusArgument &operator<<(QDBusArgument &out, const TextRange &range);
const QDBusArgument &operator>>(const QDBusArgument &in, TextRange &range);
QDBusArgument &operator<<(QDBusArgument &out, const InhibitorRow &row);
const QDBusArgument &operator>>(const QDBusArgument &in, InhibitorRow &row);
QDBusArgument &operator<<(QDBusArgument &out, const ErrorText &error);
const QDBusArgument &operator>>(const QDBusArgument &in, ErrorText &error);
QDBusArgument &operator<<(QDBusArgument &out, const PlaceRow &place);
const QDBusArgument &operator>>(const QDBusArgument &in, PlaceRow &place);
QDBusArgument &operator<<(QDBusArgument &out, const PointRow &point);
const QDBusArgument &operator>>(const QDBusArgument &in, PointRow &point);
QDBusArgument &operator<<(QDBusArgument &out, const ClusterRow &row);
const QDBusArgument &operator>>(const QDBusArgument &in, ClusterRow &row);

} // namespace vexfs::dbus

Q_DECLARE_METATYPE(vexfs::dbus::NamedRow)
Q_DECLARE_METATYPE(vexfs::dbus::HitRow)
Q_DECLARE_METATYPE(vexfs::dbus::FailureRow)
Q_DECLARE_METATYPE(vexfs::dbus::ProblemRow)
Q_DECLARE_METATYPE(vexfs::dbus::Amounts)
Q_DECLARE_METATYPE(vexfs::dbus::TextRange)
Q_DECLARE_METATYPE(vexfs::dbus::InhibitorRow)
Q_DECLARE_METATYPE(vexfs::dbus::ErrorText)
Q_DECLARE_METATYPE(vexfs::dbus::PlaceRow)
Q_DECLARE_METATYPE(vexfs::dbus::PointRow)
Q_DECLARE_METATYPE(vexfs::dbus::ClusterRow)
