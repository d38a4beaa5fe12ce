// SPDX-License-Identifier: Apache-2.0
//
// ListModels of the Index interface: the same from each volume and source.
#include "common/dbus/names.h"
#include "common/dbus/types.h"
#include "daemon/bus/volume_object.h"
#include "daemon/service/models/known_models.h"

namespace vexfs::daemon {

namespace {

dbus::NamedRow rowOf(const KnownModel &model)
{
    QList<QDBusObjectPath> volumes;
    for (const QString &place : model.places)
        volumes.append(QDBusObjectPath(dbus::volumePath(place)));
    QVariantMap props{
        {QStringLiteral("source"), model.source},
        {QStringLiteral("dimension"), model.dimension},
        {QStringLiteral("local"), model.isLocal},
        {QStringLiteral("tuned"), model.isTuned},
        {QStringLiteral("installed"), model.isInstalled},
        {QStringLiteral("bytes"), static_cast<qulonglong>(model.bytes)},
        {QStringLiteral("volumes"), QVariant::fromValue(volumes)},
    };
    for (const auto &[name, value] : {std::pair("id", QString::fromLatin1(model.id)),
                                      std::pair("name", model.name),
                                      std::pair("license", model.license),
                                      std::pair("problem", model.problem)}) {
        if (!value.isEmpty())
            props.insert(QLatin1String(name), value);
    }
    if (!model.languages.isEmpty())
        props.insert(QStringLiteral("languages"), model.languages);
    return {model.model, props};
}

} // namespace

void listModels(const BusContext &context, const dbus::Call &call)
{
    const IndexedPlaces *indexed = context.services.indexed;
    answerFromPool(context, call, [indexed]() -> base::Result<QVariantList> {
        const auto models = knownModels(*indexed);
        if (!models)
            return tl::unexpected(models.error());
        QList<dbus::NamedRow> rows;
        for (const KnownModel &each : *models)
            rows.append(rowOf(each));
        return QVariantList{QVariant::fromValue(rows)};
    });
}

} // namespace vexfs::daemon
