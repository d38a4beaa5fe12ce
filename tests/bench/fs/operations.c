// SPDX-License-Identifier: Apache-2.0
/*
 * The timed part of tests/bench/fs: each call does one kind of work in a folder and prints a line
 * "name <tab> value <tab> unit" for each figure. Every line is worth its value only if all the work
 * was done, so any error ends the program.
 */
#define _GNU_SOURCE
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

enum { FILE_BYTES = 4096, PATH_BYTES = 4096, THREADS = 2 };

static const size_t MIB = 1 << 20;

static double now_s(void)
{
	struct timespec time;

	clock_gettime(CLOCK_MONOTONIC, &time);
	return (double)time.tv_sec + (double)time.tv_nsec / 1e9;
}

static _Noreturn void die(const char *what, const char *path)
{
	fprintf(stderr, "operations: %s %s: %s\n", what, path, strerror(errno));
	exit(1);
}

static void print(const char *prefix, const char *name, double value, const char *unit)
{
	printf("%s%s\t%.6g\t%s\n", prefix, name, value, unit);
}

static void *allocate(size_t bytes)
{
	void *memory = NULL;

	if (posix_memalign(&memory, 4096, bytes) != 0)
		die("allocate", "memory");
	return memory;
}

static uint64_t random_state = 88172645463325252ull;

static uint64_t next_random(void)
{
	random_state ^= random_state << 13;
	random_state ^= random_state >> 7;
	random_state ^= random_state << 17;
	return random_state;
}

/* What neither compresses nor repeats. */
static void *random_bytes(size_t bytes)
{
	uint64_t *memory = allocate(bytes);

	for (size_t i = 0; i < bytes / 8; i++)
		memory[i] = next_random();
	return memory;
}

static void write_all(int fd, const char *data, size_t bytes, const char *path)
{
	while (bytes > 0) {
		const ssize_t done = write(fd, data, bytes);

		if (done <= 0)
			die("write", path);
		data += done;
		bytes -= (size_t)done;
	}
}

static int compare_doubles(const void *left, const void *right)
{
	const double a = *(const double *)left;
	const double b = *(const double *)right;

	return (a > b) - (a < b);
}

/* Durations of single operations: their middle is moved much less by other load than the mean. */
struct durations {
	double *seconds;
	int count;
	double last_s;
};

static void durations_begin(struct durations *all, int max)
{
	all->seconds = calloc((size_t)max + 1, sizeof(double));
	if (!all->seconds)
		die("allocate", "durations");
	all->count = 0;
	all->last_s = now_s();
}

static void durations_add(struct durations *all)
{
	const double time_s = now_s();

	all->seconds[all->count++] = time_s - all->last_s;
	all->last_s = time_s;
}

static double percentile_us(const struct durations *all, double part)
{
	qsort(all->seconds, (size_t)all->count, sizeof(double), compare_doubles);
	return all->seconds[(int)(all->count * part)] * 1e6;
}

/*
 * A hypervisor takes free pages of a guest back, and the first touch of one then costs far more
 * than the write that is measured. Filling and freeing as much memory as the next test needs makes
 * it see pages that are there.
 */
static void warm_memory(size_t mib)
{
	char *chunk = random_bytes(MIB);
	const int fd = memfd_create("warm", 0);

	if (fd < 0)
		die("memfd_create", "");
	for (size_t i = 0; i < mib; i++)
		write_all(fd, chunk, MIB, "memory");
	close(fd);
	free(chunk);
}

static void write_sequentially(const char *path, size_t mib)
{
	const size_t pool_mib = 16;
	char *pool = random_bytes(pool_mib * MIB);
	const double start_s = now_s();
	const int fd = open(path, O_CREAT | O_EXCL | O_WRONLY, 0644);

	if (fd < 0)
		die("create", path);
	for (size_t i = 0; i < mib; i++)
		write_all(fd, pool + i % pool_mib * MIB, MIB, path);
	print("", "seqwrite_nosync", (double)(mib * MIB) / 1e6 / (now_s() - start_s), "MB/s");
	if (fsync(fd) != 0)
		die("fsync", path);
	print("", "seqwrite_fsync", (double)(mib * MIB) / 1e6 / (now_s() - start_s), "MB/s");
	close(fd);
	free(pool);
}

static void read_sequentially(const char *path, const char *name)
{
	char *chunk = allocate(MIB);
	size_t total_bytes = 0;
	ssize_t got;

	memset(chunk, 1, MIB);
	const double start_s = now_s();
	const int fd = open(path, O_RDONLY);

	if (fd < 0)
		die("open", path);
	while ((got = read(fd, chunk, MIB)) > 0)
		total_bytes += (size_t)got;
	if (got < 0)
		die("read", path);
	print("", name, (double)total_bytes / 1e6 / (now_s() - start_s), "MB/s");
	close(fd);
	free(chunk);
}

static void append_and_sync(const char *path, double limit_s, int max)
{
	char *pool = random_bytes(16 * FILE_BYTES);
	struct durations all;
	const int fd = open(path, O_CREAT | O_EXCL | O_WRONLY, 0644);

	if (fd < 0)
		die("create", path);
	durations_begin(&all, max);
	const double start_s = all.last_s;

	while (all.count < max && all.last_s - start_s < limit_s) {
		write_all(fd, pool + all.count % 16 * FILE_BYTES, FILE_BYTES, path);
		if (fsync(fd) != 0)
			die("fsync", path);
		durations_add(&all);
	}
	print("", "fsync4k", all.count / (all.last_s - start_s), "ops/s");
	print("", "fsync4k_p50", percentile_us(&all, 0.5), "us");
	print("", "fsync4k_p99", percentile_us(&all, 0.99), "us");
	close(fd);
	free(all.seconds);
	free(pool);
}

/* Many small files in a few folders. */
struct set {
	const char *folder;
	const char *prefix; /* of the names of what is printed: "cold_" or "" */
	int files;
	int folders;
	int file_bytes;
};

static void folder_path(const struct set *set, int folder, char *path)
{
	snprintf(path, PATH_BYTES, "%s/d%03d", set->folder, folder);
}

static int folder_of(const struct set *set, int file)
{
	return file / ((set->files + set->folders - 1) / set->folders);
}

static void file_path(const struct set *set, int folder, char kind, int file, char *path)
{
	snprintf(path, PATH_BYTES, "%s/d%03d/%c%07d", set->folder, folder, kind, file);
}

static void make_folder(const char *path)
{
	if (mkdir(path, 0755) != 0)
		die("mkdir", path);
}

static void make_file(const char *path, const char *data, int bytes)
{
	const int fd = open(path, O_CREAT | O_EXCL | O_WRONLY, 0644);

	if (fd < 0)
		die("create", path);
	write_all(fd, data, (size_t)bytes, path);
	if (close(fd) != 0)
		die("close", path);
}

static void sync_filesystem(const char *path)
{
	const int fd = open(path, O_RDONLY | O_DIRECTORY);

	if (fd < 0 || syncfs(fd) != 0)
		die("syncfs", path);
	close(fd);
}

static void set_create(const struct set *set)
{
	char path[PATH_BYTES];
	char *data = random_bytes(FILE_BYTES);
	struct durations all;
	const double start_s = now_s();

	make_folder(set->folder);
	for (int i = 0; i < set->folders; i++) {
		folder_path(set, i, path);
		make_folder(path);
	}
	durations_begin(&all, set->files);
	for (int i = 0; i < set->files; i++) {
		file_path(set, folder_of(set, i), 'f', i, path);
		make_file(path, data, set->file_bytes);
		durations_add(&all);
	}
	print(set->prefix, "create", set->files / (all.last_s - start_s), "ops/s");
	sync_filesystem(set->folder);
	print(set->prefix, "create_sync", set->files / (now_s() - start_s), "ops/s");
	print(set->prefix, "create_p50", percentile_us(&all, 0.5), "us");
	free(all.seconds);
	free(data);
}

static int *shuffled(int count)
{
	int *order = allocate(sizeof(int) * (size_t)count);

	for (int i = 0; i < count; i++)
		order[i] = i;
	for (int i = count - 1; i > 0; i--) {
		const int other = (int)(next_random() % (uint64_t)(i + 1));
		const int kept = order[i];

		order[i] = order[other];
		order[other] = kept;
	}
	return order;
}

static void set_stat(const struct set *set)
{
	char path[PATH_BYTES];
	int *order = shuffled(set->files);
	struct durations all;
	struct stat status;

	durations_begin(&all, set->files);
	const double start_s = all.last_s;

	for (int i = 0; i < set->files; i++) {
		file_path(set, folder_of(set, order[i]), 'f', order[i], path);
		if (lstat(path, &status) != 0)
			die("stat", path);
		durations_add(&all);
	}
	print(set->prefix, "stat", set->files / (all.last_s - start_s), "ops/s");
	print(set->prefix, "stat_p50", percentile_us(&all, 0.5), "us");
	free(all.seconds);
	free(order);
}

static int list_folder(const char *path, int wants_stat)
{
	DIR *stream = opendir(path);
	struct dirent *entry;
	struct stat status;
	int count = 0;

	if (!stream)
		die("opendir", path);
	while ((entry = readdir(stream))) {
		if (entry->d_name[0] == '.')
			continue;
		if (wants_stat &&
		    fstatat(dirfd(stream), entry->d_name, &status, AT_SYMLINK_NOFOLLOW) != 0)
			die("stat", entry->d_name);
		count++;
	}
	closedir(stream);
	return count;
}

static void set_list(const struct set *set, int wants_stat, int rounds, const char *name)
{
	char path[PATH_BYTES];
	const double start_s = now_s();
	int count = 0;

	for (int round = 0; round < rounds; round++) {
		for (int i = 0; i < set->folders; i++) {
			folder_path(set, i, path);
			count += list_folder(path, wants_stat);
		}
	}
	if (count != rounds * set->files) {
		errno = ENOENT;
		die("list all files of", set->folder);
	}
	print(set->prefix, name, count / (now_s() - start_s), "ents/s");
}

static void set_read(const struct set *set)
{
	/* Without any cache each costs a read of the disk. */
	const int count = set->prefix[0] ? set->files / 5 : set->files;
	char path[PATH_BYTES];
	char *data = allocate(FILE_BYTES);
	struct durations all;

	durations_begin(&all, count);
	const double start_s = all.last_s;

	for (int i = 0; i < count; i++) {
		file_path(set, folder_of(set, i), 'f', i, path);
		const int fd = open(path, O_RDONLY);

		if (fd < 0 || read(fd, data, (size_t)set->file_bytes) != set->file_bytes)
			die("read", path);
		close(fd);
		durations_add(&all);
	}
	print(set->prefix, "readfile", count / (all.last_s - start_s), "ops/s");
	print(set->prefix, "readfile_p50", percentile_us(&all, 0.5), "us");
	free(all.seconds);
	free(data);
}

/* Half of the files stay in their folder, half go to the next one. */
static void set_rename(const struct set *set)
{
	char from[PATH_BYTES];
	char to[PATH_BYTES];
	struct durations all;

	durations_begin(&all, set->files);
	const double start_s = all.last_s;

	for (int i = 0; i < set->files; i++) {
		const int folder = folder_of(set, i);

		file_path(set, folder, 'f', i, from);
		file_path(set, (folder + (i & 1)) % set->folders, 'r', i, to);
		if (rename(from, to) != 0)
			die("rename", from);
		durations_add(&all);
	}
	print(set->prefix, "rename", set->files / (all.last_s - start_s), "ops/s");
	print(set->prefix, "rename_p50", percentile_us(&all, 0.5), "us");
	free(all.seconds);
}

/* As rm -r does: lists a folder, then removes what is in it. */
static void empty_folder(const char *path, int max, struct durations *all)
{
	DIR *stream = opendir(path);
	char (*names)[32] = allocate(sizeof(*names) * (size_t)max);
	struct dirent *entry;
	int count = 0;

	if (!stream)
		die("opendir", path);
	while ((entry = readdir(stream)) && count < max) {
		if (entry->d_name[0] != '.')
			snprintf(names[count++], sizeof(names[0]), "%.31s", entry->d_name);
	}
	all->last_s = now_s();
	for (int i = 0; i < count; i++) {
		if (unlinkat(dirfd(stream), names[i], 0) != 0)
			die("unlink", names[i]);
		durations_add(all);
	}
	closedir(stream);
	free(names);
	if (rmdir(path) != 0)
		die("rmdir", path);
}

static void set_unlink(const struct set *set)
{
	char path[PATH_BYTES];
	struct durations all;

	durations_begin(&all, set->files);
	const double start_s = all.last_s;

	for (int i = 0; i < set->folders; i++) {
		folder_path(set, i, path);
		empty_folder(path, set->files, &all);
	}
	if (rmdir(set->folder) != 0)
		die("rmdir", set->folder);
	print(set->prefix, "unlink", all.count / (now_s() - start_s), "ops/s");
	print(set->prefix, "unlink_p50", percentile_us(&all, 0.5), "us");
	free(all.seconds);
}

/* Several threads at once. */
struct job {
	const char *folder;
	int thread;
	int files;
	int rounds;
	int is_shared;
};

static void job_path(const struct job *job, int file, char *path)
{
	if (job->is_shared)
		snprintf(path, PATH_BYTES, "%s/s/t%d_%06d", job->folder, job->thread, file);
	else
		snprintf(path, PATH_BYTES, "%s/p%d/f%06d", job->folder, job->thread, file);
}

static void *create_files(void *argument)
{
	const struct job *job = argument;
	char path[PATH_BYTES];
	char data[FILE_BYTES];

	memset(data, 'x', sizeof(data));
	for (int i = 0; i < job->files; i++) {
		job_path(job, i, path);
		make_file(path, data, sizeof(data));
	}
	return NULL;
}

static void *stat_files(void *argument)
{
	const struct job *job = argument;
	char path[PATH_BYTES];
	struct stat status;

	for (int round = 0; round < job->rounds; round++) {
		for (int i = 0; i < job->files; i++) {
			job_path(job, i, path);
			if (stat(path, &status) != 0)
				die("stat", path);
		}
	}
	return NULL;
}

/* Operations per second of all threads together. */
static double work_in_threads(const char *folder, int files, int rounds, int is_shared,
			      void *(*work)(void *))
{
	pthread_t threads[THREADS];
	struct job jobs[THREADS];
	const double start_s = now_s();

	for (int i = 0; i < THREADS; i++) {
		jobs[i] = (struct job){ folder, i, files / THREADS, rounds, is_shared };
		if ((errno = pthread_create(&threads[i], NULL, work, &jobs[i])) != 0)
			die("start a thread in", folder);
	}
	for (int i = 0; i < THREADS; i++)
		pthread_join(threads[i], NULL);
	return (double)(files / THREADS * THREADS) * rounds / (now_s() - start_s);
}

static void work_in_parallel(const char *folder, int files)
{
	char path[PATH_BYTES];

	make_folder(folder);
	snprintf(path, sizeof(path), "%s/s", folder);
	make_folder(path);
	for (int i = 0; i < THREADS; i++) {
		snprintf(path, sizeof(path), "%s/p%d", folder, i);
		make_folder(path);
	}
	print("", "create_2thr", work_in_threads(folder, files, 1, 0, create_files), "ops/s");
	print("", "stat_2thr", work_in_threads(folder, files, 4, 0, stat_files), "ops/s");
	print("", "create_2thr_1dir", work_in_threads(folder, files, 1, 1, create_files), "ops/s");
}

static int work_on_set(const char *phase, const struct set *set)
{
	if (strcmp(phase, "create") == 0)
		set_create(set);
	else if (strcmp(phase, "stat") == 0)
		set_stat(set);
	else if (strcmp(phase, "readdir") == 0)
		set_list(set, 0, 3, "readdir");
	else if (strcmp(phase, "walk") == 0)
		set_list(set, 1, 1, "walk");
	else if (strcmp(phase, "read") == 0)
		set_read(set);
	else if (strcmp(phase, "rename") == 0)
		set_rename(set);
	else if (strcmp(phase, "unlink") == 0)
		set_unlink(set);
	else
		return 2;
	return 0;
}

int main(int argc, char **argv)
{
	const char *work = argc > 1 ? argv[1] : "";

	if (argc == 3 && strcmp(work, "warm") == 0)
		warm_memory(strtoul(argv[2], NULL, 10));
	else if (argc == 4 && strcmp(work, "seqwrite") == 0)
		write_sequentially(argv[2], strtoul(argv[3], NULL, 10));
	else if (argc == 4 && strcmp(work, "seqread") == 0)
		read_sequentially(argv[2], argv[3]);
	else if (argc == 5 && strcmp(work, "fsync") == 0)
		append_and_sync(argv[2], atof(argv[3]), atoi(argv[4]));
	else if (argc == 4 && strcmp(work, "parallel") == 0)
		work_in_parallel(argv[2], atoi(argv[3]));
	else if (argc == 7 && atoi(argv[3]) >= atoi(argv[4]) && atoi(argv[4]) > 0 &&
		 atoi(argv[5]) <= FILE_BYTES) {
		const struct set set = { argv[2], argv[6], atoi(argv[3]), atoi(argv[4]),
					 atoi(argv[5]) };
		return work_on_set(work, &set);
	} else {
		fputs("usage: operations warm MIB | seqwrite FILE MIB | seqread FILE NAME |\n"
		      "  fsync FILE SECONDS MAX | parallel FOLDER FILES |\n"
		      "  create|stat|readdir|walk|read|rename|unlink\n"
		      "    FOLDER FILES FOLDERS BYTES PREFIX\n",
		      stderr);
		return 2;
	}
	return 0;
}
