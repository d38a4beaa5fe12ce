// SPDX-License-Identifier: Apache-2.0
#include "common/dbus/types.h"

#include <QDBusMetaType>

namespace vexfs::dbus {

namespace {

template <class... Fields>
QDBusArgument &put(QDBusArgument &out, const Fields &...fields)
{
    out.beginStructure();
    (out << ... << fields);
    out.endStructure();
    return out;
}

template <class... Fields>
const QDBusArgument &take(const QDBusArgument &in, Fields &...fields)
{
    in.beginStructure();
    (in >> ... >> fields);
    in.endStructure();
    return in;
}

} // namespace

namespace {

// With its signature, which Qt makes when it is first needed: of two threads that do so at once,
// the one has what it was given freed by the other.
template <class T> void registerType()
{
    (void)QDBusMetaType::typeToSignature(qDBusRegisterMetaType<T>());
}

} // namespace

void registerTypes()
{
    registerType<NamedRow>();
    registerType<QList<NamedRow>>();
    registerType<HitRow>();
    registerType<QList<HitRow>>();
    registerType<FailureRow>();
    registerType<QList<FailureRow>>();
    registerType<ProblemRow>();
    registerType<QList<ProblemRow>>();
    registerType<InhibitorRow>();
    registerType<QList<InhibitorRow>>();
    registerType<Counters>();
    registerType<QMap<QString, QString>>();
    registerType<Gauges>();
    registerType<QList<QVariantMap>>();
    registerType<Amounts>();
    registerType<TextRange>();
    registerType<QList<TextRange>>();
    registerType<ErrorText>();
    registerType<PlaceRow>();
    registerType<QList<PlaceRow>>();
    registerType<PointRow>();
    registerType<QList<PointRow>>();
    registerType<ClusterRow>();
    registerType<QList<ClusterRow>>();
    registerType<InterfaceProperties>();
    registerType<ManagedObjects>();
    // Qt knows how these are sent, but makes their signatures as late.
    registerType<QList<QDBusObjectPath>>();
    registerType<QList<qulonglong>>();
}

QDBusArgument &operator<<(QDBusArgument &out, const NamedRow &row)
{
    return put(out, row.name, row.props);
}

const QDBusArgument &operator>>(const QDBusArgument &in, NamedRow &row)
{
    return take(in, row.name, row.props);
}

QDBusArgument &operator<<(QDBusArgument &out, const HitRow &row)
{
    return put(out, row.uri, row.score, row.props);
}

const QDBusArgument &operator>>(const QDBusArgument &in, HitRow &row)
{
    return take(in, row.uri, row.score, row.props);
}

QDBusArgument &operator<<(QDBusArgument &out, const FailureRow &row)
{
    return put(out, row.uri, row.reason, row.props);
}

const QDBusArgument &operator>>(const QDBusArgument &in, FailureRow &row)
{
    return take(in, row.uri, row.reason, row.props);
}

QDBusArgument &operator<<(QDBusArgument &out, const ProblemRow &row)
{
    return put(out, row.uri, row.errorName, row.message, row.props);
}

const QDBusArgument &operator>>(const QDBusArgument &in, ProblemRow &row)
{
    return take(in, row.uri, row.errorName, row.message, row.props);
}

QDBusArgument &operator<<(QDBusArgument &out, const Amounts &amounts)
{
    return put(out, amounts.done, amounts.total);
}

const QDBusArgument &operator>>(const QDBusArgument &in, Amounts &amounts)
{
    return take(in, amounts.done, amounts.total);
}

QDBusArgument &operator<<(QDBusArgument &out, const TextRange &range)
{
    return put(out, range.begin, range.end);
}

const QDBusArgument &operator>>(const QDBusArgument &in, TextRange &range)
{
    return take(in, range.begin, range.end);
}

QDBusArgument &operator<<(QDBusArgument &out, const InhibitorRow &row)
{
    return put(out, row.what, row.who, row.why, row.uid);
}

const QDBusArgument &operator>>(const QDBusArgument &in, InhibitorRow &row)
{
    return take(in, row.what, row.who, row.why, row.uid);
}

QDBusArgument &operator<<(QDBusArgument &out, const ErrorText &error)
{
    return put(out, error.name, error.message);
}

const QDBusArgument &operator>>(const QDBusArgument &in, ErrorText &error)
{
    return take(in, error.name, error.message);
}

QDBusArgument &operator<<(QDBusArgument &out, const PlaceRow &place)
{
    out.beginStructure();
    out << place.x << place.y;
    out.endStructure();
    return out;
}

const QDBusArgument &operator>>(const QDBusArgument &in, PlaceRow &place)
{
    in.beginStructure();
    in >> place.x >> place.y;
    in.endStructure();
    return in;
}

QDBusArgument &operator<<(QDBusArgument &out, const PointRow &point)
{
    out.beginStructure();
    out << point.id << point.place.x << point.place.y;
    out.endStructure();
    return out;
}

const QDBusArgument &operator>>(const QDBusArgument &in, PointRow &point)
{
    in.beginStructure();
    in >> point.id >> point.place.x >> point.place.y;
    in.endStructure();
    return in;
}

QDBusArgument &operator<<(QDBusArgument &out, const ClusterRow &row)
{
    out.beginStructure();
    out << row.id << row.centre.x << row.centre.y << row.size << row.label << row.props;
    out.endStructure();
    return out;
}

const QDBusArgument &operator>>(const QDBusArgument &in, ClusterRow &row)
{
    in.beginStructure();
    in >> row.id >> row.centre.x >> row.centre.y >> row.size >> row.label >> row.props;
    in.endStructure();
    return in;
}

} // namespace vexfs::dbus
