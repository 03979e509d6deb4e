/* Files of programs that count themselves: see images.h. */
#include "program/images.h"

#include "base/copy.h"

#include <dirent.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

bool hb_images_is_writer(const struct hb_images *images, pid_t pid)
{
    char link[64], file[HB_PATH_MAX];
    if (!images->folder)
        return false;
    (void)snprintf(link, sizeof link, "/proc/%d/exe", (int)pid);
    const ssize_t length = readlink(link, file, sizeof file - 1);
    file[length > 0 ? length : 0] = '\0';
    return strncmp(hb_path_name(file), images->writer, strlen(images->writer)) == 0;
}

static void move(const char *from, const char *to, const char *name)
{
    char before[HB_PATH_MAX], after[HB_PATH_MAX];
    if (hb_copy_path(before, NULL, "%s/%s", from, name) == 0 &&
        hb_copy_path(after, NULL, "%s/%s", to, name) == 0)
        (void)rename(before, after);
}

void hb_images_part(struct hb_images *images, pid_t pid)
{
    char name[32], part[HB_PATH_MAX];
    const int length = snprintf(name, sizeof name, "%d", (int)pid);
    if (hb_copy_path(part, NULL, "%s/image-%u", images->folder, images->count++) != 0 ||
        mkdir(part, 0755) != 0)
        return;
    DIR *files = opendir(images->folder);
    for (const struct dirent *entry; files && (entry = readdir(files));) {
        const char *rest = entry->d_name + length;
        if (strncmp(entry->d_name, name, (size_t)length) == 0 && (!*rest || *rest == '.'))
            move(images->folder, part, entry->d_name);
    }
    if (files)
        (void)closedir(files);
}
