// SPDX-License-Identifier: Apache-2.0
//
// daemon/service/index_context.h - what the threads of one volume's index share.
#pragma once

#include "daemon/embed/static_embedder.h"
#include "daemon/index/vector_index.h"
#include "daemon/search/embedded_texts.h"
#include "daemon/search/index_counters.h"
#include "daemon/search/meaning.h"
#include "daemon/search/result_cache.h"
#include "daemon/search/searched_past.h"
#include "daemon/search/stem_counts.h"
#include "daemon/service/index_service.h"
#include "daemon/volume/volume_view.h"

#include <QString>

#include <atomic>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>

namespace vexfs::daemon {

/// Where the vectors of the past lie, for an index in directory.
inline QString pastDirectory(const QString &directory)
{
    return directory + QStringLiteral("/past");
}

/// Owner: IndexService. Lives as long as any thread of the index.
struct IndexContext
{
    std::shared_ptr<VolumeView> view;
    IndexConfig config;
    QString directory;  ///< where catalog and vector index lie
    std::shared_ptr<StaticEmbedder> shipped;  ///< the built-in model, untuned

    /// Of a model that is to be put in place.
    std::function<std::unique_ptr<VectorIndex>(const VectorIndexIdentity &)> makeVectors
        = createHnswIndex;
    std::function<std::unique_ptr<VectorIndex>(const VectorIndexIdentity &)> makePast
        = createHnswIndex;

    std::atomic<double> cpuShare{1.0};  ///< of the time that background work may take
    std::atomic<bool> isStopping{false};
    std::atomic<bool> areVectorsComplete{false};  ///< false while they are loaded or rebuilt
    std::atomic<uint64_t> catalogEpoch{0};  ///< raised when the catalog's file is replaced
    std::atomic<uint64_t> embeddedChunks{0};
    std::atomic<uint64_t> reusedChunks{0};

    IndexCounters counters;
    ResultCache results{counters.results};
    EmbeddedTexts texts{counters.embeddings};
    AliveSets alive{counters.trees};
    StemCounts stems{counters.stems};

    // Called from the indexing thread.
    std::function<void()> onStatusChanged;
    std::function<void(const QByteArray &, uint64_t, bool)> onFileIndexed;
    std::function<void(const QByteArray &, uint64_t)> onFileRemoved;

    IndexStatus status() const
    {
        const std::lock_guard lock(statusMutex);
        return statusNow;
    }
    template <class Change> void changeStatus(Change &&change)
    {
        const std::lock_guard lock(statusMutex);
        change(statusNow);
    }

    /// Whoever asks twice may get two; a search asks once.
    Meaning meaning() const
    {
        const std::lock_guard lock(meaningMutex);
        return meaningNow;
    }
    void setCalibration(const Calibration &calibration)
    {
        const std::lock_guard lock(meaningMutex);
        meaningNow.calibration = calibration;
    }
    void setMeaning(Meaning meaning)
    {
        if (!meaning.past)
            meaning.past = makePast({meaning.embedder->id(), meaning.embedder->dimension()});
        const std::lock_guard lock(meaningMutex);
        meaningNow = std::move(meaning);
    }

    IndexSettings settings() const
    {
        const std::lock_guard lock(settingsMutex);
        return settingsNow;
    }
    void setSettings(const IndexSettings &settings)
    {
        const std::lock_guard lock(settingsMutex);
        settingsNow = settings;
    }

    mutable std::mutex settingsMutex;
    IndexSettings settingsNow;
    mutable std::mutex meaningMutex;
    Meaning meaningNow;
    mutable std::mutex statusMutex;
    IndexStatus statusNow;
};

} // namespace vexfs::daemon
