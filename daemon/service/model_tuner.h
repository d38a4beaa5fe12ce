// SPDX-License-Identifier: Apache-2.0
//
// daemon/service/model_tuner.h - tunes the built-in model to the volume's own files.
//
// When enough files are indexed, and again when they have doubled: learns a table from their texts
// on a thread of its own, embeds every file again in portions while the old vectors go on
// answering, and puts model and vectors in place together. The table lies beside the catalog. What
// is under way is noted there too (ModelChange): after a crash before the end the old model
// answers, resume() goes on, and forks that have the new vectors by then are not embedded again.
#pragma once

#include "daemon/embed/static_embedder.h"
#include "daemon/index/catalog.h"
#include "daemon/service/index_context.h"
#include "daemon/service/models/model_change.h"

#include <atomic>
#include <functional>
#include <memory>
#include <thread>

namespace vexfs::daemon {

/// Owner and thread: the indexing thread.
class ModelTuner
{
public:
    /// wake: called from the learning thread when it has ended.
    ModelTuner(IndexContext &context, Catalog &catalog, std::function<void()> wake);
    ~ModelTuner();
    ModelTuner(const ModelTuner &) = delete;
    ModelTuner &operator=(const ModelTuner &) = delete;

    /// The model that the volume was last tuned to; the built-in one where there is none.
    static std::shared_ptr<Embedder> currentModel(const QString &directory,
                                                  std::shared_ptr<StaticEmbedder> shipped);

    /// Begins to embed all files by another model, which was opened, in place of what is under way.
    /// From the end on choice is the volume's; a built-in one is what it was last tuned to. Fails
    /// where the catalog does, and where the change cannot be noted; what was under way goes on.
    base::Status changeTo(std::shared_ptr<Embedder> embedder, const ModelChoice &choice);

    /// Goes on with a change that is noted as under way; where the note, or the table that was
    /// learnt, is damaged, all forks become the present model's again. Once, before all else. May
    /// wait for an endpoint. Fails as changeTo() does.
    base::Status resume();

    enum class Step {
        Nothing,  ///< all is as it should be
        Learning, ///< wake() will be called
        Worked,   ///< call again
        Finished, ///< another model answers now: the index is to be stored
    };
    /// A portion of what there is to do, at a moment when nothing waits to be indexed. Fails where
    /// the catalog does, and where memory is short: called again, it goes on with the same file.
    base::Result<Step> step();

    /// Whether there is something to learn, or to embed by another model.
    base::Result<bool> hasWork();

    /// Whether so many more files with text will have the model learn anew, so that vectors made
    /// before would be made in vain.
    base::Result<bool> willLearn(uint64_t moreFiles);

    /// Files that still have to be embedded again.
    uint64_t pending() const { return m_pending; }

private:
    struct Portion;
    using Vectors = base::Result<std::vector<std::vector<float>>>;

    void learn(QString directory);
    base::Result<Step> beginEmbedding();
    base::Status begin(std::shared_ptr<Embedder> embedder, const ModelChange &change);
    base::Status resumeChosen(const ModelChoice &choice);
    base::Result<Step> embedPortion();
    base::Result<Step> embedLate();
    base::Result<Portion> readPortion(const QVector<uint64_t> &inodes);
    base::Result<qsizetype> embedFiles(const Meaning &meaning, const QVector<uint64_t> &inodes);
    base::Result<Step> putInPlace();
    void abandon();

    IndexContext &m_context;
    Catalog &m_catalog;
    std::function<void()> m_wake;

    std::thread m_thread;
    std::atomic<bool> m_isCancelled{false};
    std::atomic<bool> m_hasLearnt{false};
    QByteArray m_table;  ///< what the thread made; read after m_hasLearnt
    uint64_t m_filesLearnt = 0;

    Meaning m_next;  ///< what files are embedded into
    ModelChange m_change;  ///< as it is noted, while there is m_next
    QVector<uint64_t> m_todo;
    uint64_t m_pending = 0;
    uint64_t m_seenGeneration = 0;  ///< of the catalog, up to which files are in m_next
};

} // namespace vexfs::daemon
