// SPDX-License-Identifier: Apache-2.0
//
// daemon/service/models/known_models.h - the models that files can be embedded by, and who does.
#pragma once

#include "common/base/error.h"

#include <QByteArray>
#include <QList>
#include <QString>
#include <QStringList>

#include <cstdint>

namespace vexfs::daemon {

class IndexedPlaces;

struct KnownModel
{
    QString model;     ///< as SetModel takes it: "builtin", a folder, an address
    QString source;    ///< "builtin", "folder", "openai", "ollama"
    QString name;      ///< as an endpoint calls it
    QByteArray id;     ///< that vectors are stored under; empty for a folder that nobody uses
    uint32_t dimension = 0;
    bool isLocal = true;     ///< text does not leave this machine
    bool isTuned = false;    ///< to the files of who uses it
    bool isInstalled = true; ///< false: problem says why it cannot be used
    uint64_t bytes = 0;      ///< of its weights; 0 behind an address
    QString license;         ///< empty: not known
    QStringList languages;   ///< none: not known
    QString problem;
    QStringList places; ///< ids of the volumes and sources whose files have its vectors
};

/// Below each of the data folders of the user and the system.
inline constexpr char kModelFolders[] = "/vexfs/models";

/// The built-in one; what was chosen for an index; and folders below kModelFolders. Reads files.
/// Fails with NoModel (the built-in one is not there), Corrupt (of an index nobody knows its
/// model).
base::Result<QList<KnownModel>> knownModels(const IndexedPlaces &indexed);

} // namespace vexfs::daemon
