/* The rooms that structs have for text. */
#ifndef HB_BASE_COPY_H
#define HB_BASE_COPY_H

#define HB_NAME_MAX   64
#define HB_PATH_MAX   1024
#define HB_REASON_MAX 512

#endif
