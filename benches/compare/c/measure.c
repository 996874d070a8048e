/* Runs a program and prints, on standard error after everything of its own, what it took: wall ns, CPU µs (user and
 * system), peak KiB. A process of its own, because a child's peak begins with that of the process that starts it, and
 * Python's is large. */
#include <errno.h>
#include <spawn.h>
#include <stdio.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <time.h>

extern char **environ;

static long long now(void) {
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return t.tv_sec * 1000000000LL + t.tv_nsec;
}

static long long microseconds(struct timeval t) { return t.tv_sec * 1000000LL + t.tv_usec; }

int main(int argc, char **argv) {
    if (argc < 2) return 2;
    pid_t child;
    int status;
    struct rusage used;
    long long began = now();
    if (posix_spawn(&child, argv[1], NULL, NULL, argv + 1, environ) != 0) return 127;
    while (wait4(child, &status, 0, &used) < 0)
        if (errno != EINTR) return 126;
    long long wall = now() - began;
    if (!WIFEXITED(status) || WEXITSTATUS(status) != 0) return 1;
    fprintf(stderr, "%lld %lld %ld\n", wall, microseconds(used.ru_utime) + microseconds(used.ru_stime), used.ru_maxrss);
    return 0;
}
