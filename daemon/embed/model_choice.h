// SPDX-License-Identifier: Apache-2.0
//
// daemon/embed/model_choice.h - which model a volume's files are embedded by, as it was chosen.
#pragma once

#include "daemon/embed/embedder.h"

#include <QJsonObject>
#include <QString>

#include <chrono>
#include <functional>
#include <memory>
#include <optional>

namespace vexfs::daemon {

/// A plain value. Nothing was chosen: the built-in model, tuned to the files.
struct ModelChoice
{
    enum class Kind { Builtin, Folder, OpenAi, Ollama } kind = Kind::Builtin;
    QString place;  ///< the folder, or the endpoint's address
    QString model;  ///< as an endpoint calls it
    QString keyFile;
    QByteArray id;  ///< of the model, once it was opened
    uint32_t dimension = 0;

    bool isBuiltin() const { return kind == Kind::Builtin; }
    /// Whether texts are sent to another machine: to an address that is not this one's.
    bool leavesMachine() const;

    /// From what a person says: "builtin", an absolute folder or its file: URI, an http: or https:
    /// address. dialect: empty (then by the address: /api/embed is Ollama's), "openai", "ollama".
    /// Fails with InvalidArgs.
    static base::Result<ModelChoice> make(const QString &model, const QString &name,
                                          const QString &dialect, const QString &keyFile);
    /// Of the folder of an index; the built-in one where nothing was chosen. Fails with Corrupt.
    static base::Result<ModelChoice> load(const QString &directory);
    base::Status save(const QString &directory) const;

    QJsonObject toJson() const;
    /// Nothing where it says no choice.
    static std::optional<ModelChoice> fromJson(const QJsonObject &json);

    // Not for the built-in one:
    /// Fails as LocalEmbedder and HttpEmbedder do; waits for the disk and for the endpoint, which
    /// isCancelled ends with Cancelled.
    base::Result<std::shared_ptr<Embedder>> open(std::function<bool()> isCancelled = {}) const;
    /// For one that was opened before and cannot be now, because of why: has its id and dimension,
    /// and when it is asked for something, tries again now and then on a thread of its own. Nobody
    /// waits for that: it fails as open() did until then, and with NoModel when another model is in
    /// its place.
    std::shared_ptr<Embedder> openLater(const base::Error &why,
                                        std::chrono::milliseconds pause = kAskAgainAfter) const;
    /// An endpoint that is down, or a disk with models, must not be asked all the time.
    static constexpr std::chrono::seconds kAskAgainAfter{20};
};

} // namespace vexfs::daemon
