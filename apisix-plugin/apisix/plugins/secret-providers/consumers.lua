--- Identities of credentials, and APISIX's consumers by identity.
--
-- `runner` and `events` build identities from what the runner sends; the plugins look consumers up.

local ipairs = ipairs

local _M = {}

--- Returns the identity of a credential as one string.
--
-- Identities are unique because a consumer's name contains no slash. The credentials of several kinds that
-- a consumer itself holds share one.
-- @tparam string consumer the consumer's name
-- @tparam ?string credential the credential's id; nil for a credential in the consumer itself
-- @treturn string
local function identity_of(consumer, credential)
    return credential and consumer .. "/" .. credential or consumer
end
_M.identity_of = identity_of

-- The number of the list that was indexed last.
local lists = 0

--- Returns functions that find the consumers of one plugin.
-- @treturn function takes what apisix.consumer returns for the plugin; returns the number of that list, above 0. No
--   other list has it, of this plugin or another. The index is built again when APISIX has a new list.
-- @treturn function takes an identity and such a list; returns APISIX's consumer with that identity, or nil, and its place
--   among the list's nodes
function _M.new_index()
    local places
    -- The list of APISIX that the index was built from, and its number.
    local indexed, number

    local function number_of(consumer_conf)
        if consumer_conf ~= indexed then
            local index = {}
            for place, node in ipairs(consumer_conf.nodes) do
                index[identity_of(node.consumer_name, node.credential_id)] = place
            end
            lists = lists + 1
            places, indexed, number = index, consumer_conf, lists
        end
        return number
    end

    return number_of, function(identity, consumer_conf)
        number_of(consumer_conf)
        local place = places[identity]
        return place and consumer_conf.nodes[place], place
    end
end

return _M
