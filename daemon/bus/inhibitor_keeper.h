// SPDX-License-Identifier: Apache-2.0
//
// daemon/bus/inhibitor_keeper.h - who holds work back, as long as they keep a descriptor open.
#pragma once

#include "common/base/error.h"
#include "daemon/service/work_policy.h"

#include <QHash>
#include <QSocketNotifier>

#include <memory>

namespace vexfs::daemon {

/// Owner: BusServer; thread: the bus's.
class InhibitorKeeper
{
public:
    explicit InhibitorKeeper(WorkPolicy *policy) : m_policy(policy) {}
    ~InhibitorKeeper();
    InhibitorKeeper(const InhibitorKeeper &) = delete;
    InhibitorKeeper &operator=(const InhibitorKeeper &) = delete;

    /// A descriptor, the caller's to close; when its last copy is closed the inhibitor is gone.
    /// LimitsExceeded is TooLarge here: so many at once are a mistake.
    base::Result<int> add(const Inhibitor &inhibitor);

private:
    static constexpr qsizetype kInhibitorsMax = 256;

    void onClosed(uint32_t id);

    struct Held
    {
        int end = -1; ///< of the pipe
        std::unique_ptr<QSocketNotifier> notifier;
    };

    WorkPolicy *const m_policy;
    QHash<uint32_t, std::shared_ptr<Held>> m_held;
};

} // namespace vexfs::daemon
