--- Refused keys that this worker remembers, for a second at most.
--
-- A client that repeats a wrong key causes only one question to the runner. `questions` adds refusals,
-- `decisions` looks them up, and `events` drops them all at each event.

local MOST = 4096

local _M = {
    -- Seconds for which a refusal is remembered.
    SECONDS = 1,
}

-- By digest: when the runner was asked. The older table is dropped when the younger one is full.
local young, old, count = {}, {}, 0

--- Forgets all refusals.
function _M.clear()
    if count > 0 then
        young, old, count = {}, {}, 0
    end
end

--- Remembers that a key was refused.
-- @tparam string digest
-- @tparam number asked when the runner was asked
function _M.put(digest, asked)
    if count >= MOST then
        young, old, count = {}, young, 0
    end
    young[digest] = asked
    -- Counts a repeated key again, which keeps the bound and needs no look-up.
    count = count + 1
end

--- Returns whether a key was refused recently.
-- @tparam string digest
-- @tparam number time now
-- @tparam number seconds the greatest age of the refusal
-- @treturn boolean
function _M.has(digest, time, seconds)
    local asked = young[digest] or old[digest]
    return asked ~= nil and time >= asked and time - asked < seconds
end

return _M
