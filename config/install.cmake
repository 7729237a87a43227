# Puts jigd.yaml into JIGD_CONFIG_DIR (under DESTDIR) where there is none yet; a file that is there is never changed.
# It may hold the broker's password, so only root and the group JIGD_GROUP may read it.
set(target "$ENV{DESTDIR}${JIGD_CONFIG_DIR}/jigd.yaml")
set(left_to_do "")

# Lets the service's group read it, where that is known: what lies under DESTDIR is unpacked on another PC.
function(give_to_service)
    if("$ENV{DESTDIR}" STREQUAL "")
        execute_process(COMMAND getent group ${JIGD_GROUP} RESULT_VARIABLE missing OUTPUT_QUIET ERROR_QUIET)
        if(missing EQUAL 0)
            execute_process(COMMAND chgrp ${JIGD_GROUP} ${target} RESULT_VARIABLE failed)
            if(failed EQUAL 0)
                return()
            endif()
        else()
            message("The group ${JIGD_GROUP} does not exist yet, so ${target} belongs to the group of who installs.")
        endif()
    endif()
    set(left_to_do "  chgrp ${JIGD_GROUP} ${JIGD_CONFIG_DIR}/jigd.yaml                     # the service reads it\n" PARENT_SCOPE)
endfunction()

if(NOT EXISTS "${target}" AND NOT IS_SYMLINK "${target}")
    file(INSTALL DESTINATION "${JIGD_CONFIG_DIR}" TYPE FILE FILES "${JIGD_SAMPLE}" RENAME jigd.yaml
        PERMISSIONS OWNER_READ OWNER_WRITE GROUP_READ)
    give_to_service()
else()
    execute_process(COMMAND ${CMAKE_COMMAND} -E compare_files "${JIGD_SAMPLE}" "${target}" RESULT_VARIABLE differs
        OUTPUT_QUIET ERROR_QUIET)
    if(NOT differs EQUAL 0)
        file(INSTALL DESTINATION "${JIGD_CONFIG_DIR}" TYPE FILE FILES "${JIGD_SAMPLE}" RENAME jigd.yaml.sample)
        message("Kept ${target}; the new sample lies beside it as jigd.yaml.sample.")
    endif()
    execute_process(COMMAND find -H "${target}" -maxdepth 0 -perm /o=r OUTPUT_VARIABLE readable_by_all ERROR_QUIET)
    if(readable_by_all)
        string(APPEND left_to_do "  chgrp ${JIGD_GROUP} ${JIGD_CONFIG_DIR}/jigd.yaml && chmod 640 ${JIGD_CONFIG_DIR}/jigd.yaml"
            "    # everybody can read it, and a password in it\n")
    endif()
endif()

message("
What is left to do, as root:
  systemd-sysusers                                      # the user jigd
${left_to_do}  udevadm control --reload && udevadm trigger           # keeps ModemManager away from the ports
  systemctl daemon-reload
  systemctl restart jigd, or enable --now jigd the first time
")
