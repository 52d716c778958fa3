namespace NetSuperd.Server.Config;

/// <summary>What a reload would change.</summary>
public static class MapDiff
{
    /// <summary>
    /// The keys that are added, removed or changed, in the order of the new map; a removed key is listed where it stood among those that
    /// stay. The order of keys is no difference.
    /// </summary>
    public static IReadOnlyList<MapChange> Between(IReadOnlyList<MapEntry> old, IReadOnlyList<MapEntry> @new)
    {
        var indexes = old.Select((entry, index) => (entry.Path, index)).ToDictionary(pair => pair.Path, pair => pair.index);
        var kept = @new.Select(entry => entry.Path).ToHashSet();
        var (changes, seen) = (new List<MapChange>(), 0);
        foreach (var entry in @new)
        {
            if (!indexes.TryGetValue(entry.Path, out var index))
            {
                changes.Add(new MapChange(entry.Path, null, entry.Value) { IsImplied = entry.IsImplied });
                continue;
            }

            Leave(index);
            if (old[index].Value != entry.Value)
            {
                changes.Add(new MapChange(entry.Path, old[index].Value, entry.Value));
            }
        }

        Leave(old.Count);
        return changes;

        void Leave(int end)
        {
            for (; seen < end; seen++)
            {
                if (!kept.Contains(old[seen].Path))
                {
                    changes.Add(new MapChange(old[seen].Path, old[seen].Value, null));
                }
            }
        }
    }
}
