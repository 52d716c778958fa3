namespace NetSuperd;

/// <summary>The position of a setting in the map.</summary>
/// <param name="File">The file, as the administrator wrote its name.</param>
/// <param name="Line">The line, from 1.</param>
/// <param name="Column">The column in characters, from 1.</param>
/// <param name="Length">The number of characters of the value on that line, at least 1.</param>
public readonly record struct SettingPosition(string File, int Line, int Column, int Length);
