--- A clock that all processes of a machine share and nothing sets.
--
-- `neighbours` counts ages by it, because workers notice a change of the system's clock one after another.

local ffi = require("ffi")

-- Neither a struct of its own, which a reload of the plugins would define once more, nor the function's own name, which
-- another module may have declared in another way.
ffi.cdef('int secret_providers_clock_gettime(int clock, void *time) __asm__("clock_gettime");')

-- CLOCK_BOOTTIME of Linux, which also counts the time in which the machine was suspended.
local BOOT_TIME = 7
-- Seconds and nanoseconds.
local time = ffi.new("long[2]")

return {
    --- Returns the seconds since the machine was started.
    -- @treturn number
    steady = function()
        if ffi.C.secret_providers_clock_gettime(BOOT_TIME, time) ~= 0 then
            error("no clock that nothing sets")
        end
        return tonumber(time[0]) + tonumber(time[1]) / 1e9
    end,
}
