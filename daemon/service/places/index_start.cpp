// SPDX-License-Identifier: Apache-2.0
#include "daemon/service/places/index_start.h"

#include <QThread>

namespace vexfs::daemon {

namespace {

/// An index is a QObject of its owner's thread; the last one to let go may be any.
void release(IndexService *index)
{
    if (index->thread() == QThread::currentThread())
        delete index;
    else
        index->deleteLater();
}

} // namespace

base::Result<std::shared_ptr<IndexService>>
startIndexOf(std::shared_ptr<VolumeView> view, QObject *owner, std::function<void()> onStatus)
{
    const auto config = IndexConfig::standard();
    if (!config)
        return tl::unexpected(config.error());
    const std::shared_ptr<IndexService> index(new IndexService(std::move(view), *config), &release);
    index->moveToThread(owner->thread());
    QObject::connect(index.get(), &IndexService::statusChanged, owner, std::move(onStatus));
    if (auto started = index->start(); !started)
        return tl::unexpected(started.error());
    return index;
}

} // namespace vexfs::daemon
