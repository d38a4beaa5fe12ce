// SPDX-License-Identifier: Apache-2.0
#include "common/dbus/options.h"

#include <QDBusArgument>
#include <QDBusObjectPath>

#include <algorithm>

namespace vexfs::dbus {

using base::Errc;

Options::Options(QVariantMap values, std::initializer_list<const char *> known)
{
    for (auto each = values.constBegin(); each != values.constEnd(); ++each) {
        const bool matters = each.key().startsWith(u'!');
        const QString key = matters ? each.key().mid(1) : each.key();
        // There are no dialogs yet that it could forbid.
        if (key == QLatin1String("no-interaction"))
            continue;
        const bool isKnown = std::any_of(known.begin(), known.end(), [&key](const char *name) {
            return key == QLatin1String(name);
        });
        if (isKnown)
            m_values.insert(key, each.value());
        else if (matters)
            refuse(Errc::NotSupported, qPrintable(key), QStringLiteral("is not known here"));
    }
}

const QVariant *Options::find(const char *key) const
{
    const auto found = m_values.constFind(QLatin1String(key));
    return found == m_values.constEnd() ? nullptr : &found.value();
}

void Options::refuse(Errc code, const char *key, const QString &why)
{
    if (m_error)
        return;
    m_error = base::Error{code, QStringLiteral("Option '%1' %2").arg(QLatin1String(key), why)};
}

bool Options::has(const char *key) const
{
    return find(key) != nullptr;
}

bool Options::boolean(const char *key, bool fallback)
{
    const QVariant *value = find(key);
    if (!value)
        return fallback;
    if (value->typeId() != QMetaType::Bool)
        refuse(Errc::InvalidArgs, key, QStringLiteral("must be a boolean"));
    return value->toBool();
}

QString Options::text(const char *key, const QString &fallback)
{
    const QVariant *value = find(key);
    if (!value)
        return fallback;
    if (value->typeId() != QMetaType::QString)
        refuse(Errc::InvalidArgs, key, QStringLiteral("must be a string"));
    return value->toString();
}

QByteArray Options::bytes(const char *key)
{
    const QVariant *value = find(key);
    if (!value)
        return {};
    if (value->typeId() != QMetaType::QByteArray) {
        refuse(Errc::InvalidArgs, key, QStringLiteral("must be an array of bytes"));
        return {};
    }
    return value->toByteArray();
}

QStringList Options::texts(const char *key)
{
    const QVariant *value = find(key);
    if (!value)
        return {};
    if (value->typeId() != QMetaType::QStringList)
        refuse(Errc::InvalidArgs, key, QStringLiteral("must be a list of strings"));
    return value->toStringList();
}

QStringList Options::paths(const char *key)
{
    const QVariant *value = find(key);
    if (!value)
        return {};
    QStringList out;
    if (value->typeId() == QMetaType::QStringList)
        return value->toStringList();
    if (value->canConvert<QDBusArgument>()) {
        const QDBusArgument argument = value->value<QDBusArgument>();
        if (argument.currentSignature() == QLatin1String("ao")) {
            for (const QDBusObjectPath &each : qdbus_cast<QList<QDBusObjectPath>>(argument))
                out.append(each.path());
            return out;
        }
    }
    if (value->canConvert<QList<QDBusObjectPath>>()) {
        for (const QDBusObjectPath &each : value->value<QList<QDBusObjectPath>>())
            out.append(each.path());
        return out;
    }
    refuse(Errc::InvalidArgs, key, QStringLiteral("must be a list of object paths"));
    return out;
}

quint64 Options::number(const char *key, quint64 fallback, quint64 most)
{
    const QVariant *value = find(key);
    if (!value)
        return fallback;
    quint64 number = 0;
    bool isNumber = true;
    switch (value->typeId()) {
    case QMetaType::UChar:
    case QMetaType::UShort:
    case QMetaType::UInt:
    case QMetaType::ULongLong:
        number = value->toULongLong();
        break;
    case QMetaType::Short:
    case QMetaType::Int:
    case QMetaType::LongLong:
        isNumber = value->toLongLong() >= 0;
        number = isNumber ? value->toULongLong() : 0;
        break;
    default:
        isNumber = false;
    }
    if (!isNumber)
        refuse(Errc::InvalidArgs, key, QStringLiteral("must be a whole number, not negative"));
    else if (number > most)
        refuse(Errc::InvalidArgs, key, QStringLiteral("is more than %1").arg(most));
    return number;
}

double Options::real(const char *key, double fallback, double least, double most)
{
    const QVariant *value = find(key);
    if (!value)
        return fallback;
    const bool isNumber = value->typeId() == QMetaType::Double ||
                          value->typeId() == QMetaType::Int || value->typeId() == QMetaType::UInt;
    const double number = value->toDouble();
    if (!isNumber || !(number >= least && number <= most)) {
        refuse(Errc::InvalidArgs, key,
               QStringLiteral("must be a number from %1 to %2").arg(least).arg(most));
    }
    return number;
}

QString Options::word(const char *key, const QString &fallback, const QStringList &allowed)
{
    const QString value = text(key, fallback);
    if (!allowed.contains(value)) {
        refuse(Errc::InvalidArgs, key,
               QStringLiteral("must be one of: %1").arg(allowed.join(QStringLiteral(", "))));
    }
    return value;
}

base::Status Options::status() const
{
    if (m_error)
        return tl::unexpected<base::Error>(*m_error);
    return {};
}

} // namespace vexfs::dbus
