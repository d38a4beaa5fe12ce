// SPDX-License-Identifier: Apache-2.0
//
// daemon/embed/local/onnx_runtime.h - ONNX Runtime's library, where the system has it.
//
// It is opened at run time, so that nothing depends on it. What is called is its C interface
// (https://onnxruntime.ai/docs/api/c/): a table of functions that later versions append to, so that
// a function is known by its place. Its version 13 is asked for, which all since 1.13 have.
#pragma once

#include "common/base/error.h"

#include <QStringList>

#include <cstddef>
#include <cstdint>

namespace vexfs::daemon {

/// The functions that are used, its opaque types as void. Those that return a pointer give null
/// when they succeeded, otherwise a status for OnnxRuntime::check().
struct OnnxApi
{
    const char *(*errorMessage)(const void *status);
    void *(*createEnvironment)(int logLevel, const char *name, void **out);
    void *(*createSession)(const void *environment, const char *path, const void *options,
                           void **out);
    void *(*run)(void *session, const void *options, const char *const *inputNames,
                 const void *const *inputs, size_t inputCount, const char *const *outputNames,
                 size_t outputCount, void **outputs);
    void *(*createSessionOptions)(void **out);
    void *(*setIntraOpThreads)(void *options, int count);
    void *(*setInterOpThreads)(void *options, int count);
    void *(*inputCount)(const void *session, size_t *out);
    void *(*outputCount)(const void *session, size_t *out);
    void *(*inputType)(const void *session, size_t index, void **out);
    void *(*inputName)(const void *session, size_t index, void *allocator, char **out);
    void *(*outputName)(const void *session, size_t index, void *allocator, char **out);
    /// Takes no copy of the elements.
    void *(*createTensor)(const void *memory, void *elements, size_t bytes, const int64_t *shape,
                          size_t dimensions, int type, void **out);
    void *(*tensorData)(void *value, void **out);
    void *(*tensorInfoOfType)(const void *type, const void **out);
    void *(*elementType)(const void *info, int *out);
    void *(*dimensionCount)(const void *info, size_t *out);
    void *(*dimensions)(const void *info, int64_t *out, size_t count);
    void *(*tensorInfoOfValue)(const void *value, void **out);
    void *(*createCpuMemory)(int allocator, int type, void **out);
    void *(*allocatorFree)(void *allocator, void *memory);
    void *(*defaultAllocator)(void **out);
    void (*releaseStatus)(void *);
    void (*releaseSession)(void *);
    void (*releaseValue)(void *);
    void (*releaseType)(void *);
    void (*releaseTensorInfo)(void *);
    void (*releaseSessionOptions)(void *);
};

/// Loaded once for the process and never unloaded. Thread: any.
class OnnxRuntime
{
public:
    /// Files that may be it, the likeliest first. Loads nothing.
    static QStringList candidates();
    /// Fails with NoModel when there is none, or none that can be used; the message has the reason.
    static base::Result<const OnnxRuntime *> get();

    const OnnxApi &api() const { return m_api; }
    const void *environment() const { return m_environment; }
    /// Of tensors whose elements are the caller's.
    const void *cpuMemory() const { return m_cpuMemory; }
    void *allocator() const { return m_allocator; }

    /// Frees the status. Fails with NoModel: what was wrong with @p file.
    base::Status check(void *status, const QString &file) const;

private:
    OnnxApi m_api = {};
    void *m_environment = nullptr;
    void *m_cpuMemory = nullptr;
    void *m_allocator = nullptr;

    static base::Result<OnnxRuntime> load(const QString &path);
};

} // namespace vexfs::daemon
