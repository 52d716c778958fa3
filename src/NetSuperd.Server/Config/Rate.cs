namespace NetSuperd.Server.Config;

/// <summary>
/// How often something may happen: <see cref="Count"/> times in <see cref="Period"/> in the long run, <see cref="Burst"/> at once.
/// </summary>
/// <param name="Count">At least 1.</param>
/// <param name="Period">A second, a minute, an hour or a day.</param>
/// <param name="Burst">At least 1; default: <paramref name="Count"/>.</param>
public sealed record Rate(int Count, TimeSpan Period, int Burst);
