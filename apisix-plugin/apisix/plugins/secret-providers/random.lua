--- Random bytes of the system.

local error = error
local io = io

return {
    --- Returns bytes that cannot be guessed.
    -- @tparam number count
    -- @treturn string
    bytes = function(count)
        local file = io.open("/dev/urandom", "rb")
        local bytes = file and file:read(count)
        if file then
            file:close()
        end
        if not bytes or #bytes ~= count then
            error("no random numbers: /dev/urandom cannot be read")
        end
        return bytes
    end,
}
