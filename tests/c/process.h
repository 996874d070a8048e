/*
 * The resources that this process uses, from /proc, a clock, and forked children. Define _POSIX_C_SOURCE before the
 * include.
 */
#ifndef PROCESS_H
#define PROCESS_H

#include "check.h"

#include <dirent.h>
#include <malloc.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

/* Counts the entries of a folder. */
static inline int entries(const char *folder)
{
    int count = 0;
    DIR *stream = opendir(folder);
    CHECK(stream != NULL);
    for (struct dirent *entry; (entry = readdir(stream)) != NULL;)
        count += entry->d_name[0] != '.';
    CHECK(closedir(stream) == 0);
    return count;
}

static inline int threads_now(void)
{
    return entries("/proc/self/task");
}

static inline int descriptors_now(void)
{
    return entries("/proc/self/fd") - 1; /* without that of opendir */
}

static inline long resident_kib(void)
{
    long all = 0, resident = 0;
    FILE *file = fopen("/proc/self/statm", "r");
    CHECK(file != NULL);
    CHECK(fscanf(file, "%ld %ld", &all, &resident) == 2);
    CHECK(fclose(file) == 0);
    return resident * (sysconf(_SC_PAGESIZE) / 1024);
}

#ifdef __GLIBC__
/* Returns the allocated memory. Unlike the resident memory, it does not include freed memory that malloc keeps. */
static inline long allocated_kib(void)
{
    struct mallinfo2 info = mallinfo2();
    return (long)((info.uordblks + info.hblkhd) / 1024);
}
#endif

static inline double seconds_now(void)
{
    struct timespec time;
    CHECK(clock_gettime(CLOCK_MONOTONIC, &time) == 0);
    return (double)time.tv_sec + (double)time.tv_nsec / 1e9;
}

static inline void pause_us(long microseconds)
{
    struct timespec time = { microseconds / 1000000, microseconds % 1000000 * 1000L };
    nanosleep(&time, NULL);
}

/* Waits until only `count` threads are left: a thread may need a moment to exit. */
static inline void await_threads(int count)
{
    double until = seconds_now() + 10;
    while (threads_now() > count && seconds_now() < until)
        pause_us(1000);
    CHECK_NUMBER(threads_now(), count);
}

/* Forks. A child that hangs is ended by a signal, so that `await_child` fails. */
static inline pid_t fork_child(void)
{
    pid_t child = fork();
    CHECK(child >= 0);
    if (child == 0)
        alarm(60);
    return child;
}

/*
 * Ends a forked child whose checks held. With exec, because valgrind must not look for leaks in the child, which can't
 * free the memory of its parent's threads.
 */
static inline void end_child(void)
{
    execlp("true", "true", (char *)NULL);
    CHECK(!"the program true is there");
}

/* Waits for a forked child, which must reach `end_child`. */
static inline void await_child(pid_t child)
{
    int status = 1;
    CHECK(waitpid(child, &status, 0) == child);
    CHECK(WIFEXITED(status) && WEXITSTATUS(status) == 0);
}

#endif
