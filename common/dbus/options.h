// SPDX-License-Identifier: Apache-2.0
//
// common/dbus/options.h - reads the a{sv} options of a call by the rules of VexFS1.
//
// Numbers are accepted in any integer type. Keys that are not known are ignored, unless they begin
// with '!' ("this matters"): then the call is refused.
#pragma once

#include "common/base/error.h"

#include <QStringList>
#include <QVariantMap>

#include <initializer_list>
#include <optional>

namespace vexfs::dbus {

/// Reads each option once, then asks status(): the first thing that was wrong with any of them.
class Options
{
public:
    /// known: the keys that the call understands.
    Options(QVariantMap values, std::initializer_list<const char *> known);

    bool has(const char *key) const;
    bool boolean(const char *key, bool fallback = false);
    QString text(const char *key, const QString &fallback = {});
    QStringList texts(const char *key);
    QByteArray bytes(const char *key);
    /// Object paths ("ao" or "as").
    QStringList paths(const char *key);
    quint64 number(const char *key, quint64 fallback, quint64 most);
    double real(const char *key, double fallback, double least, double most);
    /// One of the given words; fallback when absent.
    QString word(const char *key, const QString &fallback, const QStringList &allowed);

    base::Status status() const;

private:
    const QVariant *find(const char *key) const;
    void refuse(base::Errc code, const char *key, const QString &why);

    QVariantMap m_values;
    std::optional<base::Error> m_error;
};

} // namespace vexfs::dbus
