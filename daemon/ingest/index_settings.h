// SPDX-License-Identifier: Apache-2.0
//
// daemon/ingest/index_settings.h - what a person wants of an index: which files it takes in, and
// how much of the machine it may take for that.
#pragma once

#include "common/base/error.h"

#include <QByteArray>
#include <QString>
#include <QStringList>
#include <QVector>

#include <cstdint>
#include <optional>

namespace vexfs::daemon {

enum class OnBattery { Pause, Slow, Run };

/// "pause", "slow", "run", and back (nothing for another word).
QString onBatteryWord(OnBattery what);
std::optional<OnBattery> onBatteryOf(const QString &word);

/// A plain value, kept in the folder of the index. Paths are relative to the root of what is
/// indexed.
struct IndexSettings
{
    bool isEnabled = true;
    QVector<QByteArray> roots; ///< only what is in these folders; none: all
    /// "/a/folder" and all that is in it; else a glob: with a '/' of the whole path, without one of
    /// the name of the file or of a folder around it.
    QStringList exclude;
    uint64_t maxFileBytes = 256ULL << 20; ///< of larger files only the names are found
    QStringList types;                    ///< "application/pdf", "image/*"; none: all
    std::optional<bool> ocr;              ///< nothing: as the attribute user.vexfs.ocr says
    OnBattery onBattery = OnBattery::Slow;
    double cpuLimit = 1.0; ///< of the time of a processor, above 0

    bool operator==(const IndexSettings &) const = default;
    /// Whether the same files are taken in, and the same is read of them.
    bool takesSameFiles(const IndexSettings &other) const;

    /// Why a path is left out, in words; empty when it is not.
    QString ruleAgainst(const QByteArray &path) const;
    bool takesType(const QString &mimeType) const;

    /// The defaults where nothing was set. Corrupt.
    static base::Result<IndexSettings> load(const QString &directory);
    base::Status save(const QString &directory) const;
};

} // namespace vexfs::daemon
