// SPDX-License-Identifier: Apache-2.0
//
// tests/bench/ann/engine_abi.h - how a driver that compares vector search engines calls one of
// them, which it loads with dlopen().
#pragma once

#include <cstddef>
#include <cstdint>

enum EngineMetric { EngineL2 = 0, EngineProduct = 1 }; ///< product: of vectors of length 1

/// Calls of one engine; those that are null it does not have. An engine is used by one thread.
struct EngineCalls
{
    const char *name;
    /// parameters: "key=value,...". Returns the engine, nullptr when it cannot do this.
    void *(*create)(const char *parameters, int dimension, int metric, size_t count);
    /// base: count rows of floats, which need not stay. Returns 0, or another number for failure.
    int (*build)(void *engine, const float *base, size_t count, int threads);
    /// Of memory that searches need.
    size_t (*bytes)(void *engine);
    /// "tune" is what trades speed for recall; others are the engine's own.
    int (*set)(void *engine, const char *key, double value);
    /// Writes at most k numbers of rows, nearest first; returns how many.
    int (*search)(void *engine, const float *query, int k, uint32_t *ids);
    /// Likewise among those whose bit is set in allowed; allowedCount of them are.
    int (*searchFiltered)(void *engine, const float *query, int k, const uint64_t *allowed,
                          size_t allowedCount, uint32_t *ids);
    /// Counters since the last call, in words.
    const char *(*statistics)(void *engine);
    void (*destroy)(void *engine);
};

extern "C" __attribute__((visibility("default"))) const EngineCalls *ann_engine();
