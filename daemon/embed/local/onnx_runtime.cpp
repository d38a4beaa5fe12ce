// SPDX-License-Identifier: Apache-2.0
#include "daemon/embed/local/onnx_runtime.h"

#include <QDir>
#include <QFileInfo>

#include <dlfcn.h>

namespace vexfs::daemon {

using base::Errc;
using base::fail;
using base::Result;
using base::Status;

namespace {

constexpr uint32_t kApiVersion = 13;
constexpr int kLogErrors = 3; // what is worse than a warning, to standard error
constexpr int kDeviceAllocator = 0, kDefaultMemory = 0;

struct ApiBase
{
    void *const *(*table)(uint32_t version);
    const char *(*version)();
};

/// Places in the table.
enum Slot : size_t {
    kErrorMessage = 2,
    kCreateEnvironment = 3,
    kCreateSession = 7,
    kRun = 9,
    kCreateSessionOptions = 10,
    kSetIntraOpThreads = 24,
    kSetInterOpThreads = 25,
    kInputCount = 30,
    kOutputCount = 31,
    kInputType = 33,
    kInputName = 36,
    kOutputName = 37,
    kCreateTensor = 49,
    kTensorData = 51,
    kTensorInfoOfType = 55,
    kElementType = 60,
    kDimensionCount = 61,
    kDimensions = 62,
    kTensorInfoOfValue = 65,
    kCreateCpuMemory = 69,
    kAllocatorFree = 76,
    kDefaultAllocator = 78,
    kReleaseStatus = 93,
    kReleaseSession = 95,
    kReleaseValue = 96,
    kReleaseType = 98,
    kReleaseTensorInfo = 99,
    kReleaseSessionOptions = 100,
};

OnnxApi readTable(void *const *table)
{
    OnnxApi api;
    const auto take = [table](auto *&function, Slot slot) {
        function = reinterpret_cast<std::remove_reference_t<decltype(function)>>(table[slot]);
    };
    take(api.errorMessage, kErrorMessage);
    take(api.createEnvironment, kCreateEnvironment);
    take(api.createSession, kCreateSession);
    take(api.run, kRun);
    take(api.createSessionOptions, kCreateSessionOptions);
    take(api.setIntraOpThreads, kSetIntraOpThreads);
    take(api.setInterOpThreads, kSetInterOpThreads);
    take(api.inputCount, kInputCount);
    take(api.outputCount, kOutputCount);
    take(api.inputType, kInputType);
    take(api.inputName, kInputName);
    take(api.outputName, kOutputName);
    take(api.createTensor, kCreateTensor);
    take(api.tensorData, kTensorData);
    take(api.tensorInfoOfType, kTensorInfoOfType);
    take(api.elementType, kElementType);
    take(api.dimensionCount, kDimensionCount);
    take(api.dimensions, kDimensions);
    take(api.tensorInfoOfValue, kTensorInfoOfValue);
    take(api.createCpuMemory, kCreateCpuMemory);
    take(api.allocatorFree, kAllocatorFree);
    take(api.defaultAllocator, kDefaultAllocator);
    take(api.releaseStatus, kReleaseStatus);
    take(api.releaseSession, kReleaseSession);
    take(api.releaseValue, kReleaseValue);
    take(api.releaseType, kReleaseType);
    take(api.releaseTensorInfo, kReleaseTensorInfo);
    take(api.releaseSessionOptions, kReleaseSessionOptions);
    return api;
}

QStringList libraryFolders()
{
    QStringList out = qEnvironmentVariable("LD_LIBRARY_PATH").split(u':', Qt::SkipEmptyParts);
    out += {QStringLiteral("/usr/local/lib"), QStringLiteral("/usr/lib64")};
    const QDir lib(QStringLiteral("/usr/lib"));
    for (const QString &name : lib.entryList({QStringLiteral("*-linux-gnu")}, QDir::Dirs))
        out += lib.filePath(name);
    return out + QStringList{lib.path()};
}

} // namespace

QStringList OnnxRuntime::candidates()
{
    QStringList out;
    for (const QString &folder : libraryFolders()) {
        // The name has the version of the interface or, as some build it, that of the program.
        const QDir place(folder);
        for (const QString &name : place.entryList({QStringLiteral("libonnxruntime.so"),
                                                    QStringLiteral("libonnxruntime.so.1*")},
                                                   QDir::Files, QDir::Name))
            out += place.absoluteFilePath(name);
    }
    return out;
}

Result<OnnxRuntime> OnnxRuntime::load(const QString &path)
{
    void *const library = dlopen(path.toUtf8().constData(), RTLD_NOW | RTLD_LOCAL);
    if (!library)
        return fail(Errc::NoModel, QString::fromLocal8Bit(dlerror()));
    using GetBase = const ApiBase *();
    auto *const getBase = reinterpret_cast<GetBase *>(dlsym(library, "OrtGetApiBase"));
    const ApiBase *const base = getBase ? getBase() : nullptr;
    void *const *const table = base ? base->table(kApiVersion) : nullptr;
    if (!table) {
        const QString version = base ? QString::fromLatin1(base->version()) : QString();
        dlclose(library);
        return fail(Errc::NoModel,
                    QStringLiteral("%1 is not ONNX Runtime 1.13 or later%2")
                        .arg(path, version.isEmpty() ? QString()
                                                     : QStringLiteral(", but %1").arg(version)));
    }
    OnnxRuntime out;
    out.m_api = readTable(table);
    void *const failures[] = {
        out.m_api.createEnvironment(kLogErrors, "vexfsd", &out.m_environment),
        out.m_api.createCpuMemory(kDeviceAllocator, kDefaultMemory, &out.m_cpuMemory),
        out.m_api.defaultAllocator(&out.m_allocator)};
    for (void *const failure : failures) {
        if (const Status checked = out.check(failure, path); !checked)
            return tl::unexpected(checked.error());
    }
    return out;
}

Result<const OnnxRuntime *> OnnxRuntime::get()
{
    static const Result<OnnxRuntime> runtime = []() -> Result<OnnxRuntime> {
        Result<OnnxRuntime> last =
            fail(Errc::NoModel, QStringLiteral("libonnxruntime is not installed"));
        for (const QString &path : candidates()) {
            last = load(path);
            if (last)
                break;
        }
        return last;
    }();
    if (!runtime)
        return tl::unexpected(runtime.error());
    return &*runtime;
}

Status OnnxRuntime::check(void *status, const QString &file) const
{
    if (!status)
        return {};
    const QString why = QString::fromUtf8(m_api.errorMessage(status));
    m_api.releaseStatus(status);
    return fail(Errc::NoModel, QStringLiteral("%1: %2").arg(file, why));
}

} // namespace vexfs::daemon
