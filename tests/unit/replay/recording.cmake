# SPDX-License-Identifier: GPL-2.0-only
find_package(ZLIB REQUIRED)
spacegray_unit_test(replay_blobs_test SOURCES blobs_test.c DEPS sg_replay sg_base)
foreach(name IN ITEMS recording_test recording_file_test)
    spacegray_unit_test(replay_${name} SOURCES ${name}.c recording_bench.c recording_instants.c
        DEPS sg_replay sg_trace sg_core sg_base ZLIB::ZLIB)
endforeach()
spacegray_unit_test(replay_disk_test SOURCES replay_disk_test.c disk_bench.c recording_bench.c
    DEPS sg_replay sg_trace sg_core sg_base)
