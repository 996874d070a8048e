/* Fails unless the header and the library have the same version. */
#include <participants.h>
#include <stdio.h>
#include <string.h>

int main(void)
{
    printf("header %s, library %s\n", RTK_VERSION, rtk_version());
    return strcmp(RTK_VERSION, rtk_version()) != 0;
}
