--- Refused credentials that this worker remembers, for a second at most.
--
-- A client that repeats a wrong credential causes only one question to the runner. `questions` adds refusals,
-- `decisions` looks them up, and `events` drops them all at each event.

local MOST = 4096

local _M = {
    -- Seconds for which a refusal is remembered.
    SECONDS = 1,
}

-- By digest: when the runner was asked, and why it refused. The older tables are dropped when the younger
-- ones are full.
local young, old, count = {}, {}, 0
local young_reasons, old_reasons = {}, {}

--- Forgets all refusals.
function _M.clear()
    if count > 0 then
        young, old, count = {}, {}, 0
        young_reasons, old_reasons = {}, {}
    end
end

--- Remembers that a credential was refused.
-- @tparam string digest
-- @tparam number asked when the runner was asked
-- @tparam ?string reason the runner's
function _M.put(digest, asked, reason)
    if count >= MOST then
        young, old, count = {}, young, 0
        young_reasons, old_reasons = {}, young_reasons
    end
    young[digest] = asked
    young_reasons[digest] = reason
    -- Counts a repeated credential again, which keeps the bound and needs no look-up.
    count = count + 1
end

--- Returns whether a credential was refused recently.
-- @tparam string digest
-- @tparam number time now
-- @tparam number seconds the greatest age of the refusal
-- @treturn boolean
-- @treturn ?string if so: the runner's reason
function _M.has(digest, time, seconds)
    local reasons = young_reasons
    local asked = young[digest]
    if not asked then
        reasons = old_reasons
        asked = old[digest]
    end
    if asked ~= nil and time >= asked and time - asked < seconds then
        return true, reasons[digest]
    end
    return false
end

return _M
