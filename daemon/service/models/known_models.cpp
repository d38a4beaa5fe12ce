// SPDX-License-Identifier: Apache-2.0
#include "daemon/service/models/known_models.h"

#include "daemon/embed/local/local_embedder.h"
#include "daemon/embed/model_choice.h"
#include "daemon/embed/static_embedder.h"
#include "daemon/service/index_service.h"
#include "daemon/service/places/indexed_places.h"

#include <QDir>
#include <QFileInfo>
#include <QStandardPaths>

#include <algorithm>

namespace vexfs::daemon {

using base::Result;

namespace {

const QString kBuiltin = QStringLiteral("builtin");

Result<KnownModel> builtinModel()
{
    const Result<IndexConfig> config = IndexConfig::standard();
    if (!config)
        return tl::unexpected(config.error());
    const auto embedder = StaticEmbedder::open(config->modelDirectory);
    if (!embedder)
        return tl::unexpected(embedder.error());
    KnownModel out;
    out.model = kBuiltin;
    out.source = kBuiltin;
    out.id = (*embedder)->id();
    out.dimension = (*embedder)->dimension();
    out.bytes = static_cast<uint64_t>(
        QFileInfo(config->modelDirectory + QStringLiteral("/builtin.vxt")).size());
    out.license = QStringLiteral("WordNet-3.0");
    out.languages = {QStringLiteral("en")};
    return out;
}

void describeFolder(KnownModel *out)
{
    out->source = QStringLiteral("folder");
    const auto info = LocalEmbedder::describe(out->model);
    out->isInstalled = info.has_value();
    if (info) {
        out->dimension = static_cast<uint32_t>(info->hidden);
        out->bytes = info->bytes;
    } else {
        out->problem = info.error().what;
    }
}

KnownModel chosenModel(const ModelChoice &choice, const IndexStatus &status)
{
    KnownModel out;
    out.model = choice.place;
    if (choice.kind == ModelChoice::Kind::Folder) {
        describeFolder(&out);
    } else {
        out.source = choice.kind == ModelChoice::Kind::Ollama ? QStringLiteral("ollama")
                                                              : QStringLiteral("openai");
        out.name = choice.model;
        out.isLocal = !choice.leavesMachine();
    }
    out.id = status.model.toLatin1();
    out.dimension = status.dimension;
    return out;
}

QList<KnownModel>::iterator rowOf(QList<KnownModel> &rows, const QString &model,
                                  const QByteArray &id)
{
    return std::find_if(rows.begin(), rows.end(), [&](const KnownModel &row) {
        return row.model == model && row.id == id;
    });
}

base::Status addUser(const IndexedPlace &place, QList<KnownModel> &rows)
{
    const Result<ModelChoice> choice = place.index->modelChoice();
    if (!choice)
        return tl::unexpected(choice.error());
    const IndexStatus status = place.index->status();
    if (status.model.isEmpty())
        return {}; // switched off
    const QString model = choice->isBuiltin() ? kBuiltin : choice->place;
    auto row = rowOf(rows, model, status.model.toLatin1());
    if (row == rows.end()) {
        KnownModel added = choice->isBuiltin() ? rows.constFirst() : chosenModel(*choice, status);
        if (choice->isBuiltin()) {
            added.id = status.model.toLatin1();
            added.isTuned = true;
            added.places.clear();
        }
        rows.append(added);
        row = std::prev(rows.end());
    }
    row->places.append(place.id);
    return {};
}

void addFolders(QList<KnownModel> &rows)
{
    for (const QString &data :
         QStandardPaths::standardLocations(QStandardPaths::GenericDataLocation)) {
        const QDir models(data + QLatin1String(kModelFolders));
        for (const QFileInfo &each : models.entryInfoList(QDir::Dirs | QDir::NoDotAndDotDot)) {
            KnownModel row;
            row.model = QDir::cleanPath(each.absoluteFilePath());
            const bool isKnown = std::any_of(rows.begin(), rows.end(), [&](const KnownModel &one) {
                return one.model == row.model;
            });
            // The built-in one lies in such a folder, too.
            if (isKnown || QFileInfo::exists(row.model + QStringLiteral("/builtin.vxt")))
                continue;
            describeFolder(&row);
            rows.append(row);
        }
    }
}

} // namespace

Result<QList<KnownModel>> knownModels(const IndexedPlaces &indexed)
{
    const Result<KnownModel> builtin = builtinModel();
    if (!builtin)
        return tl::unexpected(builtin.error());
    QList<KnownModel> rows{*builtin};
    for (const IndexedPlace &each : indexed.all()) {
        if (!each.index)
            continue;
        if (const base::Status added = addUser(each, rows); !added)
            return tl::unexpected(added.error());
    }
    addFolders(rows);
    return rows;
}

} // namespace vexfs::daemon
