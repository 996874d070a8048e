/*
 * Loads the library out of a Python wheel as ctypes does, and counts everyone in a meeting.
 *
 *     load_library FILE ACCOUNT_ID APP_ID MEETING_ID
 *
 * Settings come from the environment.
 */
#include <participants.h>
#include <stdio.h>
#include <stdlib.h>

#ifdef _WIN32
#include <windows.h>

static void *load(const char *file)
{
    /* The flags of ctypes for a path. */
    return LoadLibraryExA(file, NULL, LOAD_LIBRARY_SEARCH_DEFAULT_DIRS | LOAD_LIBRARY_SEARCH_DLL_LOAD_DIR);
}

static void *look_up(void *library, const char *name)
{
    return (void *)GetProcAddress(library, name);
}

static void print_failure(void)
{
    fprintf(stderr, "error %lu\n", GetLastError());
}
#else
#include <dlfcn.h>

static void *load(const char *file)
{
    return dlopen(file, RTLD_NOW | RTLD_LOCAL);
}

static void *look_up(void *library, const char *name)
{
    return dlsym(library, name);
}

static void print_failure(void)
{
    fprintf(stderr, "%s\n", dlerror());
}
#endif

static void *loaded(void *object)
{
    if (object != NULL)
        return object;
    print_failure();
    exit(EXIT_FAILURE);
}

/* Declares a variable for a function of the library, with the type in the header. */
#define FUNCTION(name) __typeof__(name) *name##_ = (__typeof__(name) *)loaded(look_up(library, #name))

int main(int count, char **arguments)
{
    if (count != 5) {
        fprintf(stderr, "usage: load_library FILE ACCOUNT_ID APP_ID MEETING_ID\n");
        return EXIT_FAILURE;
    }
    void *library = loaded(load(arguments[1]));
    FUNCTION(rtk_version);
    FUNCTION(rtk_client_new);
    FUNCTION(rtk_client_free);
    FUNCTION(rtk_get_participants);
    FUNCTION(rtk_participants_count);
    FUNCTION(rtk_participants_free);
    FUNCTION(rtk_error_message);
    FUNCTION(rtk_error_free);

    rtk_client *client = NULL;
    rtk_participants *everyone = NULL;
    rtk_error *err = NULL;
    rtk_status status = rtk_client_new_(NULL, &client, &err);
    if (status == RTK_STATUS_OK)
        status = rtk_get_participants_(client, arguments[2], arguments[3], arguments[4], &everyone, &err);
    if (status == RTK_STATUS_OK)
        printf("libparticipants %s: %lu participants\n", rtk_version_(),
               (unsigned long)rtk_participants_count_(everyone));
    else
        fprintf(stderr, "%s\n", rtk_error_message_(err));
    rtk_participants_free_(everyone);
    rtk_client_free_(client);
    rtk_error_free_(err);
    return status == RTK_STATUS_OK ? EXIT_SUCCESS : EXIT_FAILURE;
}
