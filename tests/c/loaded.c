/* Usage: loaded LIBRARY. The library stays in memory after dlclose, because one of its threads may still run. */
#include "check.h"

#include <dlfcn.h>

int main(int argc, char **argv)
{
    CHECK(argc == 2);
    void *library = dlopen(argv[1], RTLD_NOW | RTLD_LOCAL);
    CHECK(library != NULL);
    CHECK(dlsym(library, "rtk_version") != NULL);
    CHECK(dlclose(library) == 0);
    CHECK(dlopen(argv[1], RTLD_NOW | RTLD_NOLOAD) != NULL);
    return 0;
}
